echo old > out.csv
{ cat ab.csv; echo 1,x; } | nf-logprob maf.nf -o out.csv
cat out.csv
ls -A | grep tmp || echo clean
nf-logprob maf.nf ab.csv -o out.csv && wc -l < out.csv
