nf-logprob maf.nf ab.csv --summary --append
echo $?
nf-logprob maf.nf ab.csv --latent --bits-per-dim
