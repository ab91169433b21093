# A standard stream that is closed is an error where it is used, and no file takes its place.
say() { echo "$1: status $2"; }
nf-sample maf.nf -n 3 >&-; say "closed stdout" $?
nf-logprob maf.nf <&-; say "closed stdin" $?
nf-sample maf.nf -n 3 -o s.csv >&-; say "stdout not used" $?
wc -l < s.csv
nf-train ab.csv --set hidden=8 --steps 2 -o m.nf -v 2>&-; say "closed stderr" $?
nf-inspect m.nf > /dev/null; say "the model is a model" $?
nf-sample maf.nf -n x 2> /dev/full; say "stderr on a full disk" $?
nf-train ab.csv --set hidden=8 --steps 2 -o m.nf -v 2> /dev/full; say "training without messages" $?
