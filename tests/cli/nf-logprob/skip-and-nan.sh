printf 'a,b\n10,0\n3,x\n11,0\n' > x.csv
nf-logprob maf.nf x.csv --on-bad-row skip | wc -l
nf-logprob maf.nf x.csv --on-bad-row nan | sed 's/^[-0-9].*/number/'
nf-logprob maf.nf x.csv --on-bad-row skip -q | wc -l
