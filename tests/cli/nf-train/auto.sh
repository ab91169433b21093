# Several flows share the time; the model is their weighted mean, as good as the best of them on the rows that chose it.
nf-train ab.csv --flow auto --steps 200 -o m.nf -v 2>&1 | grep -o '^nf-train: [a-z]*, \(hidden\)' | sort | uniq -c | awk '{print ($1 > 0), $2, $3, $4}'
nf-inspect m.nf --json | jq -c '[(.training.tried | length > 3), (.training.tried | map(.weight) | add | . > 0.99 and . < 1.01),
  (.training.best_valid >= (.training.tried | map(.valid) | max) - 0.02)]'
nf-logprob m.nf ab.csv --summary | head -2
nf-sample m.nf -n 1000 --seed 1 --logprob > s.csv && cut -d, -f1,2 s.csv | nf-logprob m.nf | paste -d, s.csv - |
  awk -F, 'NR > 1 { d = $3 - $4; if (!(d * d < 1e-4)) print; ++n } END { print n }'
nf-train ab.csv --flow auto --steps 200 -q -j 2 -o n.nf && cmp m.nf n.nf && echo "the same bits on two threads"
"$NF_SOURCE"/share/examples/columns/make.sh survey 300 > x.csv
nf-train x.csv --flow auto --steps 100 -q -o k.nf && nf-sample k.nf -n 200 --seed 1 | nf-logprob k.nf | grep -c inf
nf-train ab.csv --flow auto --set hidden=16 -o m.nf
nf-train ab.csv --flow auto --checkpoint c -o m.nf
nf-train --objective reverse-kl --target banana --flow auto -o m.nf
