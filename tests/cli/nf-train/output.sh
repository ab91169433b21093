nf-train ab.csv -o nowhere/m.nf
echo $?
nf-train ab.csv --checkpoint nowhere/c -o m.nf
echo $?
nf-train ab.csv --epochs 1 --log-file nowhere/log -o m.nf
echo $?
nf-train ab.csv --epochs 1 --log-file -
echo $?
ls -A | grep -E 'tmp|^m\.nf' || echo clean
