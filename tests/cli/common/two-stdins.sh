nf-logprob - - < maf.nf
echo $?
nf-logprob - < maf.nf
echo $?
nf-train - - -o m.nf < ab.csv
echo $?
nf-train --spec - -o m.nf < ab.csv
