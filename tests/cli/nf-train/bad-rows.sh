{ cat ab.csv; echo 1,x; echo 3; } > x.csv
nf-train x.csv --doors none --on-bad-row skip --epochs 3 --set hidden=16 -o m.nf 2>&1 | head -1
nf-train ab.csv -q --doors none --epochs 3 --set hidden=16 -o ab.nf
cmp m.nf ab.nf && echo same
nf-train x.csv --doors none --on-bad-row nan -o m.nf
