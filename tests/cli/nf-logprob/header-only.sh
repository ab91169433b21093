# No rows in, no rows out; but there is no mean of nothing.
printf 'a,b\n' | nf-logprob maf.nf
printf 'a,b\n' | nf-logprob maf.nf --summary
