# Targets and programs that cannot be used; each failure is one line, and a model there is only after training began.
train="nf-train --objective reverse-kl --flow iaf --set hidden=8 --steps 20 --batch 64 --rows 640 -q -o fit.nf"
try() { timeout 60 "$@"; echo "$? $(ls fit.nf 2>/dev/null)"; rm -f fit.nf; }
try $train
try $train --target banan
try $train --target 'u1:{"dim":3}'
try $train --target ./nosuch.nf
try $train --target cond.nf
try $train --target u1 --columns a,b,c
try $train --target u1 ab.csv
try $train --target-cmd cat
try $train --target u1 --set normalise=batch_norm
good='read -r a; read -r b; echo "[0,0,0]"; echo "[0,0,0]";'
try $train --dim 2 --target-cmd 'exit 1'
try $train --dim 2 --target-cmd "$good"' exit 4'
try $train --dim 2 --target-cmd "$good"' while read -r a; do echo nonsense; done'
try $train --dim 2 --target-cmd "$good"' read -r a; echo "[0,0,0]"; exit'
try $train --dim 2 --target-cmd "$good"' sleep 30' --target-timeout 2
# In one write, and only once it is asked, so that no line can be taken for the answer to another question.
try $train --dim 2 --target-cmd "$good"' read -r a; yes "[1,2,3]" | head -n 200; sleep 30'
# It ends between training and the importance weights: the model is kept.
try $train --dim 2 --target-cmd "$good"' for i in $(seq 18000); do read -r a; echo "[0,0,0]"; done'
# Going on from what is scaled otherwise, or towards another target.
try ${train/--flow iaf --set hidden=8/} --target gaussian --columns a,b --init maf.nf
$train --target u1 --checkpoint c
try $train --target u2 --resume c
