# Fitting to densities: closed forms, a model, a program.
fit="nf-train --objective reverse-kl --steps 300 --batch 128 --rows 6400"
train="$fit --flow iaf --set hidden=16"
fit() { $train "$@" -q -o fit.nf && nf-inspect fit.nf --json |
  jq -c '.training | [.objective, .target, (.importance | (.log_normaliser - '${truth-0}' | . * . < 0.01) and .effective_share > 0.5)]'; }
fit --target banana:'{"spread":1}'
fit --target gaussian -j2
nf-inspect fit.nf --json | jq -c '[.columns[].name]'
# The same bits by any number of threads.
$train --target gaussian -q -j1 -o one.nf && cmp one.nf fit.nf && echo the same bits
# A model: its columns and doors are kept.
nf-train -q ab.csv --set hidden=16 --epochs 20 -o target.nf
$train --target ./target.nf -q -o fit.nf && nf-inspect fit.nf --json | jq -c '[.columns[].name], .training.importance.effective_share > 0.1'
# A program in awk.
awk=awk; case $(readlink -f "$(command -v awk)") in *mawk) awk="awk -W interactive" ;; esac
truth=2.531  # log 4 pi
fit --steps 1500 --lr 0.01 --target-cmd "$awk -f $NF_SOURCE/share/examples/targets/banana.awk" --columns u,v | sed "s/$awk.*awk/AWK/"
nf-sample fit.nf -n 1 | head -1
# Going on, and the summary.
$fit --target gaussian --init one.nf -o two.nf 2>&1 | sed 's/[-0-9.]\+/#/g'
