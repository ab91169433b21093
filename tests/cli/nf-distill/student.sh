# The teacher's layers, inverted; sampling and density swap their costs.
nf-distill maf.nf -q --rows 1000 --epochs 2 -o s.nf && nf-inspect s.nf | sed '/^training/,$d; /mean/d'
nf-distill maf.nf ab.csv -q --epochs 2 -o s.nf && nf-inspect s.nf | grep -E 'objective|  rows'
nf-inspect s.nf | grep mean | cmp - <(nf-inspect maf.nf | grep mean) && echo same
