# A name that the table has already gets a number.
nf-logprob maf.nf ab.csv --append > one.csv
nf-logprob maf.nf one.csv --append > two.csv
nf-logprob maf.nf two.csv --append | head -1
nf-logprob maf.nf one.csv --append --to ndjson | head -1 | tr -d '0-9.e-'
# A table with words can be appended to in its own format alone.
nf-logprob maf.nf toy.csv --append --on-bad-row skip --to ndjson; echo $?
nf-logprob maf.nf toy.csv --append | wc -l
