# Numbers are written as doubles, and read back to the same.
nf-logprob maf.nf ab.csv --append --to ndjson > x.ndjson
nf-logprob maf.nf x.ndjson --append --to npy -o x.npy
nf-logprob maf.nf x.npy --to csv > d
nf-logprob maf.nf ab.csv > a
tail -n +2 a | cmp - d && echo same
head -1 x.ndjson | sed 's/[-0-9.e]*}/...}/'
nf-logprob maf.nf toy.csv --append --to ndjson
