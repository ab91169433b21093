# A continuous teacher's student takes a few long steps from noise to data; what its map says of densities is a bound.
nf-train ab.csv --flow cnf --set hidden=16 --steps 300 -q -o t.nf
nf-distill t.nf --rows 4000 --steps 1500 -q -o s.nf
nf-inspect s.nf --spec | jq -c '.layers[-1] | {kind, explicit, solver, steps, log_det}'
# Two long steps may lead from several places to one.
nf-logprob s.nf ab.csv | head -1
nf-sample s.nf -n 1 --seed 3 --logprob | head -1
nf-distill t.nf --rows 2000 --steps 20 -o s2.nf 2>&1 | sed -E 's/[0-9.]+ ± [0-9.]+; .*/.../'
# Near the teacher, from the same noise, nearer than two of the teacher's own steps were.
nf-sample t.nf -n 2000 --seed 5 > t.csv
nf-distill t.nf --rows 2000 --steps 1 -q -o first.nf
away() { nf-sample "$1" -n 2000 --seed 5 | paste -d, - t.csv | awk -F, 'NR > 1 { s += ($1 - $3) ^ 2 + ($2 - $4) ^ 2 } END { print s / (NR - 1) }'; }
awk -v a="$(away s.nf)" -v b="$(away first.nf)" 'BEGIN { print (a < b / 2 ? "nearer" : a " " b) }'
# One step, another student, a conditional teacher.
nf-distill t.nf --rows 2000 --steps 200 --solver-steps 1 -q -o one.nf && nf-inspect one.nf --spec | jq '.layers[-1].steps'
nf-train abl.csv --context label --flow cnf --set hidden=16 --steps 200 -q -o c.nf
nf-distill c.nf abl.csv --steps 200 -q -o cs.nf && nf-logprob cs.nf abl.csv | wc -l
nf-train ab.csv --init s.nf --steps 10 -o x.nf
nf-train ab.csv --spec <(nf-inspect s.nf --spec) --steps 10 -o x.nf
nf-distill maf.nf --loss reflow --steps 10 -o x.nf
nf-distill t.nf --rows 2000 --loss kl --steps 10 -o x.nf
nf-distill s.nf --student nice --rows 2000 --loss kl --steps 10 -o x.nf
nf-train --objective reverse-kl --target ./s.nf --steps 10 -o x.nf
nf-distill maf.nf --solver-steps 3 --rows 1000 --steps 5 -o maf-student.nf 2>&1 | grep -o -E -- "--solver-steps.*"
ls x.nf 2> /dev/null
nf-train ab.csv --spec <(nf-inspect s.nf --spec) --objective flow-matching --steps 100 -q -o m.nf && echo matched
