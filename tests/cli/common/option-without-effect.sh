nf-logprob maf.nf ab.csv --latent > z.csv
nf-sample maf.nf z.csv --latent --seed 3 -n 5 > x.csv
nf-logprob maf.nf ab.csv --summary -q --to json > /dev/null
