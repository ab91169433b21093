# Words, gaps, whole numbers, bounds and dates train with no option, and samples are the same kind of table.
"$NF_SOURCE"/share/examples/columns/make.sh survey 800 > s.csv
nf-train s.csv --set hidden=16 --epochs 3 --seed 1 -o m.nf 2>&1 | grep -v '^best epoch' | sed -E 's/[0-9.]+/N/g'
nf-sample m.nf -n 3000 --seed 1 -o x.csv
head -1 x.csv
echo "# cells that no survey has"
awk -F, 'NR > 1 {
  bad[1] += $1 !~ /^(north|south|east|west|)$/
  bad[2] += $2 !~ /^[0-9]+$/
  bad[3] += $3 !~ /^(school|trade|bachelor|master|doctor)$/
  bad[4] += $4 !~ /^[0-9]+$/
  bad[5] += $5 !~ /^([0-9]+|NA)$/
  bad[6] += $6 !~ /^([0-9]+(\.[0-9])?|)$/
  bad[7] += $7 !~ /^[1-5]$/
  bad[8] += $8 !~ /^2024-0[3-5]-[0-9][0-9]$/
} END { for (i = 1; i <= 8; ++i) print bad[i] }' x.csv
echo "# gaps are as many as there were, within 5 standard errors"
gaps() { awk -F, -v c="$1" 'NR > 1 { n += $c == "NA" || $c == "" } END { print n / (NR - 1) }' "$2"; }
for c in 1 5 6; do echo "$(gaps $c x.csv) $(gaps $((c + 1)) s.csv)"; done |
  awk '{ d = $1 - $2; print d * d < 25 * (0.25 / 800 + 0.25 / 3000) }'
nf-logprob m.nf x.csv --summary | head -2
echo "# every sample has a probability; a word that never was has none"
nf-logprob m.nf x.csv | grep -c inf
sed 's/^\(north\|south\|east\|west\)\{0,1\},/atlantis,/' x.csv | nf-logprob m.nf | sort | uniq -c | awk '{print $1, $2}'
echo "# rows by NDJSON"
nf-sample m.nf -n 3000 --seed 1 --to ndjson -o x.ndjson && nf-logprob m.nf x.ndjson --to csv > a && nf-logprob m.nf x.csv > b
cmp a b && nf-sample m.nf -n 1 --to npy -o x.npy
echo "# --doors none asks for numbers"
nf-train s.csv --doors none --epochs 1 -o n.nf
