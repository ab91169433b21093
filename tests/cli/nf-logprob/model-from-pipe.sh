nf-logprob maf.nf ab.csv > a
cat maf.nf | nf-logprob - ab.csv > b
nf-logprob <(cat maf.nf) < ab.csv > c
cmp a b && cmp a c && echo same
