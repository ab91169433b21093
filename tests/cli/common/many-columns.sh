# Names are looked up in time by their number: a million of them would take an hour one by one.
names() { seq -s, -f "$1%.0f" 1000000; }
row() { yes "$1" | head -n 1000000 | paste -sd,; }
{ names c; row 0.5; row 0.75; } > wide.csv
nf-train wide.csv -o x.nf
nf-train wide.csv --columns "$(seq -s, -f 'c%.0f' 10000)" -o x.nf
nf-train wide.csv --columns c1 --context "$(seq -s, -f 'c%.0f' 2 10000)" -o x.nf
nf-train wide.csv --exclude "$(seq -s, -f 'c%.0f' 10000)" -o x.nf
nf-inspect --compare wide.csv wide.csv
{ printf '['; for value in 1 2; do seq -f '"k%.0f": 0.5' 200000 | paste -sd, | sed 's/^/{/; s/$/}/'; done | paste -sd,; echo ']'; } > keys.json
nf-train keys.json -o x.nf
nf-logprob maf.nf keys.json
{ names c; row word; row word; } > words.csv
nf-train words.csv --columns "$(seq -s, -f 'c%.0f' 10000)" -o x.nf
true
