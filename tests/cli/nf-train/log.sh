nf-train ab.csv -q --epochs 2 --set hidden=16 -o m.nf --log log
sed 's/:[^,}]*/:/g' log
