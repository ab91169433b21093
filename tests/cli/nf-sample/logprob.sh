# --logprob agrees with nf-logprob up to the precision of x itself.
nf-sample maf.nf -n 1000 --seed 1 --logprob > x.csv
head -1 x.csv
nf-logprob maf.nf x.csv | paste -d, x.csv - | tail -n +2 | awk -F, '{d = $3 - $4; if (d * d > 1e-7) print}'
nf-sample maf.nf -n 1000 --seed 1 | cmp - <(cut -d, -f1,2 x.csv) && echo same
