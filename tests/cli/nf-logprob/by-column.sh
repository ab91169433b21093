# Column by column, in an order in which each is given those before it, log p adds up to the row's.
"$NF_SOURCE"/share/examples/columns/make.sh survey 400 > s.csv
nf-train s.csv -q --door age=standardise --door answered='{"kind": "date", "form": "day"}' --door 'income={"kind": "atoms", "at": [null, 0], "door": "log", "gap": "NA"}' \
  --set order=same --set hidden=16 --epochs 3 -o m.nf
nf-logprob m.nf s.csv --by-column > each.csv
head -1 each.csv
nf-logprob m.nf s.csv > whole.csv
paste -d, each.csv whole.csv | awk -F, 'NR > 1 { s = 0; for (i = 1; i < NF; ++i) s += $i; d = s - $NF; if (!(d * d < 1e-6)) print "row " NR ": " s " is not " $NF; ++n } END { print n }'
nf-logprob m.nf s.csv --by-column --append | head -1
nf-logprob m.nf s.csv --by-column --to ndjson | head -1 | jq -r 'keys[0]'
echo "# the probability of the first columns, of which a table needs no others"
nf-logprob m.nf s.csv --columns region > region.csv && head -1 region.csv
cut -d, -f2 s.csv | nf-logprob m.nf - --columns region | cmp - region.csv && echo the same
paste -d, s.csv region.csv | awk -F, 'NR > 1 { p[$2] = exp($NF) } END { for (w in p) s += p[w]; print (s > 0.99 && s < 1.01) }'
nf-logprob m.nf s.csv --columns region --summary | head -1
nf-logprob m.nf s.csv --columns age,region
nf-logprob m.nf s.csv --columns agee
nf-train ab.csv -q --epochs 1 --set hidden=16 -o back.nf
nf-logprob back.nf ab.csv --by-column
nf-logprob m.nf s.csv --by-column --summary
