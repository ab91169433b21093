# A run that was stopped and goes on from its checkpoint ends with the same bits.
opts="ab.csv -q --set hidden=16 --epochs 60 --ema 0.9"
nf-train $opts -o whole.nf
: > log
nf-train $opts -o part.nf --checkpoint c --log-file log & pid=$!
while [ "$(wc -l < log)" -lt 3 ]; do sleep 0.01; done
kill -TERM $pid 2> /dev/null; wait $pid; status=$?
[ $status = 130 ] || [ $(wc -l < log) = 60 ] || echo "status $status"
nf-train $opts -o part.nf --resume c --log-file log && cmp part.nf whole.nf && echo same
nf-train $opts --batch 99 -o part.nf --resume c
echo $?
nf-train $opts --columns a -o part.nf --resume c
echo $?
nf-train ab.csv -o part.nf --resume c
echo $?
nf-train $opts -o part.nf --resume maf.nf
echo $?
nf-train $opts -o part.nf --resume ab.csv
# A longer run may go on from a shorter one that is done.
nf-train ab.csv -q --set hidden=8 --epochs 1 -o n.nf --checkpoint c
nf-train ab.csv -q --set hidden=8 --epochs 2 -o n.nf --checkpoint c --resume c
nf-inspect n.nf --json | jq .training.epochs
