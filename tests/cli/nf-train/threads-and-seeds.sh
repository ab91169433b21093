opts="ab.csv -q --set hidden=16 --epochs 3"
for j in 1 2 5; do nf-train $opts -j $j -o $j.nf && cmp $j.nf maf.nf && echo same; done
nf-train $opts --seed 1 -o m.nf
cmp -s m.nf maf.nf || echo other
