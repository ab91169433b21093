# A file of its own, or a share that the seed fixes.
head -101 ab.csv > v.csv
nf-train ab.csv --valid v.csv -q --epochs 1 -o m.nf && nf-inspect m.nf | grep -E '^  (valid_)?rows'
nf-train ab.csv --valid-share 0.25 -q --epochs 1 -o m.nf && nf-inspect m.nf | grep -E '^  (valid_)?rows'
nf-train ab.csv --valid-share 0 -q --epochs 1 -o m.nf && nf-inspect m.nf | grep -E '^  (valid_)?rows'
nf-train ab.csv --valid-share 0.25 --valid v.csv -o m.nf
echo $?
nf-train ab.csv --valid-share 2 -o m.nf
