nf-train ab.csv --flow mfa -o m.nf
echo $?
nf-train ab.csv --set layerz=2 -o m.nf
echo $?
nf-train ab.csv --set layers -o m.nf
echo $?
nf-train ab.csv --set layers=two -o m.nf
echo $?
nf-inspect cond.nf --spec > s.json
nf-train ab.csv --spec s.json -o m.nf
echo $?
nf-inspect maf.nf --spec > s.json
nf-train abl.csv --spec s.json -o m.nf
echo $?
nf-train ab.csv --spec s.json --set bins=3 -o m.nf
echo $?
echo '{"layers": [' > s.json
nf-train ab.csv --spec s.json -o m.nf
echo $?
echo '{"layers": [{"kind": "autoregresive"}]}' > s.json
nf-train ab.csv --spec s.json -o m.nf
echo $?
nf-train ab.csv --spec s.json --flow maf -o m.nf
