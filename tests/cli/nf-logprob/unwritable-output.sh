nf-logprob maf.nf ab.csv -o nowhere/x.csv
echo $?
nf-logprob maf.nf ab.csv -o .
