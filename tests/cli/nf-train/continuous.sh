# A continuous flow: straight ways first, then likelihood, then as many steps as it needs; both ways.
awk 'function u() { s = s * 16807 % 2147483647; return s / 2147483647 } BEGIN { s = 7; print "a,b"
  for (i = 0; i < 1500; ++i) { side = u() < 0.5 ? -2 : 2; printf "%.6f,%.6f\n", side + u() + u() - 1, side + u() + u() - 1 } }' > x.csv
nf-train x.csv -q --flow cnf --set hidden=32 --epochs 4 --batch 64 -o m.nf
nf-inspect m.nf --json | jq -c '[.training.matched.epochs, (.training.matched.loss < 2), (.spec.layers[-1] | .kind, .field.kind, .steps >= 8)]'
nf-logprob m.nf x.csv --summary | awk '/^mean/ {print ($2 > -2.6 && $2 < -1.8)}'
nf-sample m.nf -n 2000 --seed 1 | awk -F, 'NR > 1 {up += $1 > 0; same += ($1 > 0) == ($2 > 0)} END {print (up > 800 && up < 1200), (same > 1900)}'
nf-inspect m.nf --check x.csv | awk '/^round trip in float, 99/ {print $NF}'
nf-train x.csv -q --flow cnf --set hidden=32 --match 0 --epochs 1 -o n.nf && nf-inspect n.nf --json | jq -c '.training.matched'
nf-train x.csv -q --flow cnf --set hidden=16 --objective flow-matching --epochs 3 -o n.nf && nf-inspect n.nf --json | jq -c '.training.objective'
nf-train x.csv --flow maf --match 0.5 -o n.nf
echo $?
nf-train x.csv --flow maf --objective flow-matching -o n.nf
echo $?
nf-train x.csv --flow cnf --set solver=euler -o n.nf
echo $?
