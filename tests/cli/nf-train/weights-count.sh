# Few heavy rows count for what they weigh: in the doors, and in what is learned.
awk 'BEGIN {srand(1); print "x,w"; for (i = 0; i < 2000; ++i) print rand() ",1" }' > light.csv
awk -F, -v OFS=, '{print $1 + (NR > 1 && NR % 20 == 1 ? 8 : 0), (NR == 1 ? "w" : NR % 20 == 1 ? 19 : 1)} ' light.csv |
  sed 's/^0,w/x,w/' > heavy.csv
awk -F, 'NR > 1 {w += $2; s += $2 * $1} END {m = s / w; print (m > 4 && m < 5)}' heavy.csv
nf-train heavy.csv --doors none --weights w --flow affine --valid-share 0 --epochs 40 --lr 0.02 -q -o m.nf
nf-inspect m.nf --json | jq '.columns[0].door.mean | . > 4 and . < 5'
nf-train heavy.csv --weights w --flow nsf --set hidden=16 --valid-share 0 --epochs 20 -q -o m.nf
nf-sample m.nf -n 4000 | awk -F, 'NR > 1 && $1 > 4 {++k} END {print (k > 1600 && k < 2400)}'
