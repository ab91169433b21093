# The first signal saves the best model so far.
: > log
nf-train ab.csv --epochs 1e9 -o m.nf --log-file log 2> err & pid=$!
while [ "$(wc -l < log)" -lt 1 ]; do sleep 0.01; done
kill -TERM $pid; wait $pid
echo $?
tail -1 err
nf-inspect m.nf > /dev/null && echo saved
ls -A | grep tmp || echo clean
