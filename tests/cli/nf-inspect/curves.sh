# A training's curves from its log, several logs in one picture.
command -v gnuplot > /dev/null || { echo "needs gnuplot (gnuplot-nox)"; exit 77; }
nf-train -q ab.csv --epochs 12 --set hidden=16 --log-file a.log -o m.nf
nf-train -q ab.csv --epochs 1 --set hidden=16 --log-file b.log -o m.nf
nf-inspect --plot x.png --curves a.log && head -c 4 x.png | tail -c 3; echo
nf-inspect --plot - --curves a.log | grep -E -o 'training|validation|best: -?[0-9.]+, epoch [0-9]+|epoch *$' | sed -E 's/best.*/best: .../; s/ *$//' | sort -u
best=$(grep '"best":true' a.log | tail -1 | sed 's/.*"epoch":\([0-9]*\).*/\1/')
nf-inspect --plot - --curves a.log | grep -c "epoch $best\$"
nf-inspect --plot x.svg --curves a.log,b.log && grep -o '<text>[tv][^<]*</text>' x.svg
nf-inspect --plot - --curves - < a.log | cmp - <(nf-inspect --plot - --curves a.log) && echo same
sed -i 's/"valid":[^,]*/"valid":null/; s/"best":true/"best":false/' b.log && nf-inspect --plot x.svg --curves b.log && grep -c '<text>best' x.svg || echo 'no best'
