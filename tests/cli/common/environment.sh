# Options, then the environment, then defaults.
NF_SEED=5 nf-sample maf.nf -n 3 > a
nf-sample maf.nf -n 3 --seed 5 > b
NF_SEED=6 nf-sample maf.nf -n 3 --seed 5 > c
cmp a b && cmp a c && echo same
NF_THREADS=many nf-sample maf.nf
