for j in 1 3; do nf-distill maf.nf -q --rows 1000 --epochs 2 -j $j -o $j.nf; done
cmp 1.nf 3.nf && echo same
