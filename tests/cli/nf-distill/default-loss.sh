# Without --loss a student learns by xz; its divergence falls from that of its start.
nf-distill maf.nf -q --rows 2000 --epochs 6 --seed 1 --log log -o a.nf
nf-distill maf.nf -q --rows 2000 --epochs 6 --seed 1 --loss xz -o b.nf
nf-distill maf.nf -q --rows 2000 --epochs 6 --seed 1 --loss kl -o c.nf
cmp a.nf b.nf && echo same
cmp -s a.nf c.nf || echo other
jq -s 'last.valid < first.valid' log
jq -s 'all(.[]; .train > 0)' log
