# Small tables whose columns were once misread, each with what is right.
awk_() { awk -v OFS=, 'function u() { s = s * 16807 % 2147483647; return s / 2147483647 }
  function g() { return u() + u() + u() + u() - 2 } BEGIN { s = 7; '"$1"' }'; }
train() { nf-train "$@" -q --set hidden=16 --epochs 2 -o m.nf; }
infinite() { nf-logprob m.nf "$@" | grep -c inf; }
again() { nf-sample m.nf -n 500 --seed 1 "$@"; }
rows() { awk_ 'print "k,b"; for (i = 0; i < 400; ++i) '"$1"; }

echo "# words that look like numbers: rows, and samples"
rows 'print (u() < 0.2 ? "3+" : int(3 * u())), g()' > x.csv && train x.csv; infinite x.csv; again > y.csv; infinite y.csv
rows 'print (u() < 0.5 ? "02134" : "10001"), g()' > x.csv && train x.csv; infinite x.csv; again | cut -d, -f1 | sort -u
rows 'print 1 + int(3 * u()), g()' > x.csv && train x.csv --door k=category; infinite x.csv
sed 's/,/.0,/; 1s/\.0//' x.csv > y.csv; infinite y.csv
awk -F, 'NR > 1 { print "{\"k\": " $1 ", \"b\": " $2 "}" }' x.csv > x.ndjson; infinite x.ndjson
awk -F, 'NR > 1 { print "{\"k\": " $1 ", \"b\": \"" $2 "\"}" }' x.csv > x.ndjson; train x.ndjson; infinite x.ndjson
echo "# levels that are near one another, and far from 0"
rows 'print 1000000001 + int(3 * u()), g()' > x.csv && train x.csv; infinite x.csv; again | cut -d, -f1 | sort -u
rows 'print (u() < 0.5 ? 1 : u() < 0.5 ? 2 : 9999999999), g()' > x.csv && train x.csv; again | cut -d, -f1 | sort -u
echo "# levels that floats round"
rows 'printf "%.4f,%s\n", 1234.5678 + 1111.1111 * int(3 * u()), g()' > x.csv && train x.csv; again > y.csv; infinite y.csv
rows 'print (1 + int(3 * u())) / 10, g()' > x.csv && train x.csv; again --to npy > y.npy; infinite y.npy
rows 'print int(20000 * u()) / 10, g()' > x.csv && train x.csv --door k=integer:0.1; again --to npy > y.npy; infinite y.npy
rows 'printf "%.4f,%s\n", (u() < 0.3 ? 1234.5678 : 1000 + 500 * u()), g()' > x.csv && train x.csv; again > y.csv
awk -F, '$1 ~ /^1234.56/ {++n} END {print (n > 90 && n < 210)}' y.csv; nf-logprob m.nf y.csv --summary | head -1
echo "# nothing to learn"
rows 'print "NA", 7' > x.csv && train x.csv; echo $?
echo "# hardly any numbers"
rows 'print (i == 7 ? 1.5 : ""), g()' > x.csv && train x.csv && infinite x.csv; train x.csv --door k=asinh --seed 8 && infinite x.csv
rows 'print (i == 7 ? 1.5 : i == 9 ? 2.5 : ""), g()' > x.csv && train x.csv --seed 8 && infinite x.csv
echo "# moments"
rows 'printf "2024-05-%02dT%02d:%02d:%02d.%03dZ,%s\n", 1 + 27 * u(), 23 * u(), 59 * u(), 59 * u(), 999 * u(), g()' > x.csv
train x.csv && infinite x.csv
rows 'print "2024-05-31", g()' > x.csv && train x.csv && again | cut -d, -f1 | sort -u
rows 'print (i % 9 ? "2024-05-31" : ""), g()' > x.csv && train x.csv && again | cut -d, -f1 | sort -u
rows 'printf "2024-05-%02d,%s\n", 1 + 27 * u(), g()' > x.csv && train x.csv && printf 'k,b\n86400,0\n' | nf-logprob m.nf
echo "# two zeros"
rows 'print (i % 2 ? "-0" : "0"), g()' > x.csv && train x.csv && infinite x.csv
echo "# bounds where the values are"
rows 'print (i % 2 ? 1.5 : 1.5 + int(18 * u()) / 7), g()' > x.csv && train x.csv && infinite x.csv
rows 'printf "%.0f,%s\n", 1e17 + 16 * int(50 * u()), g()' > x.csv && train x.csv && infinite x.csv
rows 'printf "%.0f,%s\n", 1e15 + int(300 * u()), g()' > x.csv && train x.csv && infinite x.csv
echo "# words that no row to learn from has"
rows 'print (u() < 0.5 ? "x" : "y"), g()' > x.csv && sed '5s/^./q/' x.csv > v.csv && train x.csv --valid v.csv
nf-inspect m.nf --json | jq -c '.columns[0].door.words'
{ cat x.csv; echo zz9,oops,3; } > bad.csv && train bad.csv --on-bad-row skip && nf-inspect m.nf --json | jq -c '.columns[0].door.words'
echo "# gaps of a table of one column"
awk_ 'print "b"; for (i = 0; i < 400; ++i) print (i % 4 ? g() : "NA")' > x.csv && train x.csv
sed 's/^NA$/""/' x.csv > y.csv && train y.csv && again > z.csv && nf-logprob m.nf z.csv | wc -l
echo "# gates that are not those of the doors"
rows 'print (i % 3 ? g() : ""), g()' > x.csv && train x.csv && nf-inspect m.nf --spec | jq 'del(.layers[0].gates)' > s.json
nf-train x.csv --spec s.json -q --epochs 1 -o n.nf
echo "# wishes that are none"
train x.csv --door 'k={"kind": 5}'
train x.csv --set 'base={"kind":"normal","override":{"x":"normal"}}'
true
