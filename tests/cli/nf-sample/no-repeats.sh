# Every row is its own, in whatever blocks they are made, and --skip goes on where -n ended.
nf-train ab.csv -q --doors none --set hidden=16 --epochs 3 -o m.nf
nf-sample m.nf -n 150000 --seed 4 > all.csv
tail -n +2 all.csv | sort -u | wc -l
nf-sample m.nf -n 100 --skip 149900 --seed 4 | tail -n +2 | cmp - <(tail -n 100 all.csv) && echo same
