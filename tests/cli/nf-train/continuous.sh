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
echo "# the error of log p; steps of a row's own; a path's draws"
nf-logprob m.nf x.csv | awk -F, 'NR == 1 {print} NR > 1 && $2 < 0.05 {small++} END {print (small > 1400)}'
nf-logprob m.nf x.csv --summary --to json | jq -c '.row_error < 0.05'
nf-train x.csv -q --flow cnf --set hidden=16 --set solver=dopri5 --set tolerance=1e-4 --set kinetic=0.01 --epochs 2 -o n.nf
nf-inspect n.nf --json | jq -c '.spec.layers[-1] | [.solver, .tolerance, .kinetic, .steps]'
nf-train x.csv -q --flow cnf --set hidden=16 --set brownian=4 --epochs 2 -o n.nf
nf-logprob n.nf x.csv | head -1
nf-logprob n.nf x.csv --samples 8 | awk -F, 'NR == 1 {print} NR > 1 && $2 > 0 {some++} END {print (some > 1400)}'
nf-train x.csv --flow maf --match 0.5 -o n.nf
echo $?
nf-train x.csv --flow maf --objective flow-matching -o n.nf
echo $?
nf-train x.csv --flow cnf --set solver=heun -o n.nf
echo $?
echo "# stopped and gone on, repeated by its numbers of steps"
opts="x.csv -q --doors none --flow cnf --set hidden=8 --set train_steps=4 --epochs 30 --match 0.1"
nf-train $opts -o whole.nf
: > log
nf-train $opts -o part.nf --checkpoint c --log-file log & pid=$!
while [ "$(wc -l < log)" -lt 3 ]; do sleep 0.01; done
kill -TERM $pid 2> /dev/null; wait $pid || true
nf-train $opts -o part.nf --resume c --log-file log
[ "$(nf-logprob part.nf x.csv)" = "$(nf-logprob whole.nf x.csv)" ] && echo same
nf-train $opts --match 0.2 -o part.nf --resume c
echo $?
nf-train ${opts/--epochs 30 --match 0.1/--max-seconds 0.7} -o timed.nf
set -- $(nf-inspect timed.nf --json | jq '.training | .matched.steps, .steps, .matched.budget, .budget')
[ $1 != $3 ] || [ $2 != $4 ] || { nf-train ${opts/--epochs 30 --match 0.1/--match $1 --steps $2} -o again.nf
  [ "$(nf-logprob again.nf x.csv)" = "$(nf-logprob timed.nf x.csv)" ] || echo other; }
echo "# towards a density: the steps that the samples need"
nf-train --objective reverse-kl --target banana --flow cnf --set hidden=16 --steps 200 --rows 2000 -q -o r.nf
nf-inspect r.nf --json | jq -c '[(.spec.layers[-1].steps >= 8), .training.matched]'
echo "# a teacher and a student"
nf-distill m.nf x.csv -q --steps 20 -o s.nf && nf-inspect s.nf --json | jq -c '[.spec.layers[] | .kind]'
