# Two columns of one name: which is meant cannot be said, but both can be left out.
awk -F, -v OFS=, '{print $0, NR == 1 ? "a" : $2, NR == 1 ? "c d" : NR}' ab.csv > x.csv
nf-train x.csv -o m.nf
nf-train x.csv --columns a -o m.nf
nf-train x.csv --exclude a -q --epochs 1 --set hidden=8 -o m.nf && nf-sample m.nf -n 1 | head -1
