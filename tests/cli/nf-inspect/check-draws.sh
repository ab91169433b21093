# Both precisions are compared at what a model with drawing layers drew for the same row.
echo '{"dim": 2, "layers": [{"kind": "augment", "hidden": [8]}, {"kind": "coupling", "hidden": [8]}]}' >augment.json
nf-train ab.csv --spec augment.json -q --epochs 2 -o m.nf
nf-inspect --check m.nf ab.csv | grep -c ' ok$'
nf-inspect --check m.nf | grep -c ' ok$'
