# z decodes to x again.
nf-logprob maf.nf ab.csv --latent | head -1
nf-logprob maf.nf ab.csv --latent | nf-sample maf.nf --latent > x.csv
paste -d, ab.csv x.csv | tail -n +2 | awk -F, '{d = $1 - $3; e = $2 - $4; if (d * d + e * e > 1e-8) print}'
nf-logprob cond.nf abl.csv --latent --append | nf-sample cond.nf --latent --with-context | head -1
