# Other orders and extra columns are fine; without names, places count.
nf-logprob maf.nf ab.csv > a
nf-logprob maf.nf toy.csv > b
awk -F, '{print $2 "," $1}' ab.csv | nf-logprob maf.nf > c
nf-logprob maf.nf plain.csv > d
cmp a b && cmp a c && tail -n +2 a | cmp - d && echo same
