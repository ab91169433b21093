# Rows that are equal are on one side of the split; a die's throws are not copies of each other.
opts="--set hidden=8 --epochs 1 -q -o m.nf"
split() { nf-inspect m.nf --json | jq -c '[.training.rows, .training.valid_rows]'; }
awk 'NR == 1 || NR <= 101 {for (i = 0; i < (NR == 1 ? 1 : 7); ++i) print}' ab.csv > x.csv
nf-train x.csv $opts && split
awk 'BEGIN {print "face,coin"; for (i = 0; i < 500; ++i) print i * i % 7 "," i % 2}' > x.csv
nf-train x.csv $opts && split
# One copy in a table of hundreds changes nothing.
{ cat ab.csv; tail -n 1 ab.csv; } > x.csv && nf-train x.csv $opts && split
