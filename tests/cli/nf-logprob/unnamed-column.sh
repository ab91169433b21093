# One column without a name leaves matching by name to the others, and samples their header.
awk -F, 'BEGIN { OFS = "," } { print (NR == 1 ? "" : (NR * 7) % 11), $1, $2 }' ab.csv > first.csv
awk -F, 'BEGIN { OFS = "," } { print $3, $1, $2 }' first.csv > moved.csv
nf-train -q --set hidden=4 --epochs 1 first.csv -o m.nf
nf-logprob m.nf first.csv > 1 && nf-logprob m.nf moved.csv > 2 && cmp 1 2
nf-sample m.nf -n 1 | head -n 1
nf-sample m.nf -n 1 --to ndjson | grep -o '"[^"]*":'
