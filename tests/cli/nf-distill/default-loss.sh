# Without --loss a student learns by likelihood, then also by its divergence, which falls from that of its start.
nf-distill maf.nf -q --rows 2000 --epochs 6 --seed 1 --log-file log -o a.nf
nf-distill maf.nf -q --rows 2000 --epochs 6 --seed 1 --loss forward-kl --finish forward-kl,kl --finish-share 0.5 -o b.nf
nf-distill maf.nf -q --rows 2000 --epochs 6 --seed 1 --loss kl -o c.nf
cmp a.nf b.nf && echo same
cmp -s a.nf c.nf || echo other
jq -s 'last.valid < first.valid' log
# A base with numbers of its own is not trained by samples: its student learns by likelihood alone.
nf-train -q ab.csv --set hidden=16 --set base=student_t --epochs 3 -o heavy.nf
nf-distill heavy.nf -q --rows 500 --epochs 1 -o d.nf
nf-distill heavy.nf -q --rows 500 --epochs 1 --loss forward-kl -o e.nf
cmp d.nf e.nf && echo same
