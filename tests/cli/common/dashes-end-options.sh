cp ab.csv ./-odd.csv
nf-logprob maf.nf -- -odd.csv | wc -l
nf-logprob -- maf.nf ab.csv --summary
