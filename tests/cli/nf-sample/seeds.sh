nf-sample maf.nf -n 5 > a
nf-sample maf.nf -n 5 > b
cmp -s a b || echo fresh
nf-sample maf.nf -n 5 -v 2> log > a
nf-sample maf.nf -n 5 --seed $(sed 's/.* //' log) | cmp - a && echo same
nf-sample maf.nf | wc -l
nf-sample maf.nf -n 0
