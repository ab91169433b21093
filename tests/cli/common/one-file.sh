# Output that would fall on what is read, or on other output, is refused under whatever name, and nothing is touched.
cat ab.csv > t.csv; cat maf.nf > m.nf; ln -s t.csv link.csv; ln t.csv hard.csv; cat t.csv m.nf | cksum > before
try() { "$@" 2>&1 | head -1; }
try nf-train t.csv -o ./t.csv
try nf-train t.csv -o hard.csv
try nf-train ab.csv --valid t.csv -o link.csv
nf-train -o t.csv < t.csv 2>&1 | head -1
try nf-train t.csv -o m.nf --init m.nf
try nf-train t.csv -o new.nf --checkpoint ./new.nf
try nf-train t.csv -o new.nf --log-file $PWD/new.nf | sed "s|/.*/|DIR/|"
try nf-train t.csv -o new.nf --checkpoint c --log-file c
try nf-logprob m.nf t.csv -o link.csv
nf-logprob m.nf t.csv 2>&1 >> hard.csv | head -1
nf-sample m.nf 2>&1 1<> m.nf | head -1
try nf-inspect m.nf -o m.nf
try nf-inspect --compare t.csv ab.csv -o t.csv
try nf-distill m.nf -o m.nf
cat t.csv m.nf | cksum | cmp - before && ls -A | grep -E 'tmp|new|^c$' || echo untouched
# Devices and pipes are read and written by many; a run goes on from the checkpoint that it replaces.
head -3 t.csv | nf-logprob m.nf /dev/stdin -o /dev/stdout | wc -l
cat t.csv | nf-logprob m.nf | wc -l
nf-train t.csv -q --set hidden=8 --steps 2 -o /dev/null --log-file /dev/null && echo written
nf-train t.csv -q --set hidden=8 --epochs 1 -o n.nf --checkpoint c
nf-train t.csv -q --set hidden=8 --epochs 2 -o n.nf --checkpoint c --resume c
nf-inspect n.nf --json | jq .training.epochs
