nf-logprob maf.nf ab.csv ab.csv
echo $?
nf-inspect maf.nf ab.csv
