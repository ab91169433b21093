nf-train ab.csv -o nowhere/m.nf
echo $?
nf-train ab.csv --checkpoint nowhere/c -o m.nf
echo $?
nf-train ab.csv --epochs 1 --log nowhere/log -o m.nf
echo $?
nf-train ab.csv --epochs 1 --log -
echo $?
ls -A | grep -E 'tmp|^m\.nf' || echo clean
