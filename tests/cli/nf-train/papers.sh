# A preset, and what the command line says after it.
nf-train abl.csv -q --preset maf2017-power --set hidden=16 --set layers=2 --epochs 1 --lr 1e-3 -o m.nf
nf-inspect m.nf | sed -n '/^layers/,/^base/p; /^ *\(batch\|lr\|schedule\|epochs\|preset\) /p'
cat > toy.json <<'JSON'
{"paper": "Somebody, Something, 2020", "flow": "nice", "set": {"layers": 2, "hidden": [8]}, "options": {"steps": 3, "batch": 64}}
JSON
nf-train ab.csv -q --preset toy.json -o m.nf
nf-inspect m.nf --json | jq -c '[.training | .preset, .steps, .batch], [.spec.layers[].kind]'
nf-train ab.csv -v --preset maf2017-gas --set hidden=4 --steps 2 -o m.nf 2>&1 | grep -c '^nf-train: maf2017-gas: The authors ran'
