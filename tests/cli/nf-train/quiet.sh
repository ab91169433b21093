# One line at the end, or none; progress where it is asked for.
nf-train ab.csv --epochs 2 --set hidden=16 -o m.nf -q
nf-train ab.csv --epochs 2 --set hidden=16 -o m.nf 2>&1 | sed 's/-\?[0-9][-0-9.e+]*/N/g'
nf-train ab.csv --epochs 2 --set hidden=16 -o m.nf --progress 2>&1 | sed 's/ *\*//; s/-\?[0-9][-0-9.e+]*/N/g'
