nf-train ab.csv --preset maf2017-powr -o m.nf
echo $?
nf-train ab.csv --preset resnet -o m.nf
echo $?
nf-train ab.csv --preset none.json -o m.nf
echo $?
echo '{"flow": "maf", "sett": {}}' > p.json
nf-train ab.csv --preset p.json -o m.nf
echo $?
echo '{"flow": "mfa"}' > p.json
nf-train ab.csv --preset p.json -o m.nf
echo $?
echo '{"flow": "maf", "options": {"bacth": 3}}' > p.json
nf-train ab.csv --preset p.json -o m.nf
echo $?
echo '{"flow": "maf", "options": {"batch": "many"}}' > p.json
nf-train ab.csv --preset p.json -o m.nf
echo $?
echo '{"flow": "maf", "options": [3]}' > p.json
nf-train ab.csv --preset p.json -o m.nf
echo $?
for other in "--flow maf" "--spec s.json" "--init maf.nf"; do
  nf-train ab.csv --preset maf2017-power $other -o m.nf
  echo $?
done
