# Going on from a model keeps its columns and doors.
nf-train toy.csv -q --init maf.nf --epochs 2 -o m.nf
for m in maf m; do nf-inspect $m.nf | sed '/^training/,$d' > $m.txt; done
cmp m.txt maf.txt && echo same
nf-train toy.csv --init maf.nf --columns a -o m.nf
echo $?
printf 'a,c\n1,2\n2,3\n3,1\n' | nf-train --init maf.nf -o m.nf
# Words and gaps go on as the model has them.
"$NF_SOURCE"/share/examples/columns/make.sh survey 300 > s.csv
nf-train s.csv -q --epochs 1 --set hidden=16 -o s.nf
nf-train s.csv -q --epochs 1 --init s.nf -o t.nf && nf-inspect t.nf --json | jq -c '[.columns[] | [.name, .door.kind]]'
nf-train s.csv -q --epochs 2 --set hidden=16 --checkpoint c -o a.nf
nf-train s.csv -q --epochs 1 --set hidden=16 --checkpoint d -o b.nf
nf-train s.csv -q --epochs 2 --set hidden=16 --resume d -o b.nf && cmp a.nf b.nf && echo resumed
