awk -F, -v OFS=, '{print $1, (NR > 1 ? 7 : "k"), $2}' ab.csv > k.csv
nf-train k.csv --doors none -o m.nf
echo $?
nf-train k.csv --doors none --drop-constant --epochs 3 --set hidden=16 -o m.nf 2>&1 | head -1
nf-train ab.csv -q --doors none --epochs 3 --set hidden=16 -o ab.nf
cmp m.nf ab.nf && echo same
