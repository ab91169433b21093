nf-train ab.csv -o m.nf --schedule cosin
echo $?
nf-logprob maf.nf ab.csv --to xml
