# What cannot be written is a failure.
nf-sample maf.nf > /dev/full
echo $?
nf-logprob maf.nf ab.csv --append > /dev/full
echo $?
nf-train --help > /dev/full
echo $?
nf-inspect maf.nf > /dev/full
echo $?
nf-train ab.csv -q --epochs 1 > /dev/full
echo $?
nf-train ab.csv -q --epochs 1 -o m.nf --log-file /dev/full
