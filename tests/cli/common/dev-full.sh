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
# But what cannot be written beside a model does not cost the model.
nf-train ab.csv --epochs 2 -o m.nf --log-file /dev/full 2>&1 | grep warning
nf-inspect m.nf --json | jq -c .training.epochs
