nf-train ab.csv -q --epochs 1 --set hidden=8,4 --set layers=2 --set activation=tanh -o m.nf
nf-inspect m.nf | grep -c 'hidden \[8,4\], activation tanh'
nf-inspect m.nf --spec | nf-train ab.csv -q --epochs 1 --spec - --set hidden=[5] -o m.nf
nf-inspect m.nf | grep -c 'hidden \[5\], activation tanh'
