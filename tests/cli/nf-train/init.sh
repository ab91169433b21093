# Going on from a model keeps its columns and doors.
nf-train toy.csv -q --init maf.nf --epochs 2 -o m.nf
for m in maf m; do nf-inspect $m.nf | sed '/^training/,$d' > $m.txt; done
cmp m.txt maf.txt && echo same
nf-train toy.csv --init maf.nf --columns a -o m.nf
echo $?
printf 'a,c\n1,2\n2,3\n3,1\n' | nf-train --init maf.nf -o m.nf
