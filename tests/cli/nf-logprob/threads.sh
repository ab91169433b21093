nf-sample maf.nf -n 2e4 --seed 1 > x.csv
for j in 1 2 3 7; do nf-logprob maf.nf x.csv -j $j --append > $j.csv; done
cmp 1.csv 2.csv && cmp 1.csv 3.csv && cmp 1.csv 7.csv && echo same
