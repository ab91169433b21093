# A target's program and all that it started end with nf-train, whichever way that ends: the pipe they hold closes.
train="nf-train --objective reverse-kl --flow iaf --set hidden=8 --batch 64 -q --target-timeout 300"
mkfifo alive
for signal in KILL TERM QUIT; do
  : > seen
  timeout 60 cat alive >> seen & reader=$!
  env --default-signal=QUIT $train --dim 2 -o m.nf \
    --target-cmd 'exec 3> alive; echo started >&3; sleep 900 & exec sleep 900' & pid=$!
  until [ -s seen ]; do sleep 0.01; done
  while kill -$signal $pid; do sleep 0.01; done 2> /dev/null  # the first TERM asks for an end in good order
  wait $pid 2> /dev/null; echo "status $?"
  wait $reader && echo "ended with $signal"
done
# Also when its work is done, and it does not end by itself.
timeout 60 cat alive > /dev/null & reader=$!
good='while read -r a; do echo "[0,0,0]"; done'
$train --dim 2 --steps 1 --rows 64 -o m.nf --target-cmd "exec 3> alive; trap '' TERM HUP; $good; sleep 900"
echo "status $?"
wait $reader && echo "ended with its work"
ls -A | grep tmp || echo clean
