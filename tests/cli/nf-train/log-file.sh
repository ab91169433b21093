# --log-file names a file; the former --log still does, but not where a column has that name: it was meant as a logarithm.
train="nf-train -q --set hidden=8 --epochs 2 --seed 1"
$train ab.csv --log-file a.ndjson -o m.nf && $train ab.csv --log b.ndjson -o m.nf
wc -l < a.ndjson
diff <(sed 's/,"rows_per_s".*//' a.ndjson) <(sed 's/,"rows_per_s".*//' b.ndjson) && echo same
nf-train ab.csv --log b -o n.nf; echo $?
ls b n.nf 2>/dev/null
$train ab.csv --log-file - -o n.nf | wc -l
# Standard output as a file keeps what it had.
(echo first; $train ab.csv --log-file - -o n.nf) > both; wc -l < both
$train ab.csv --log-file -
