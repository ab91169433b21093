# A base with edges that rows fall beyond is what stops the training, not the learning rate.
echo '{"dim": 2, "base": {"kind": "uniform", "low": -1, "high": 1}, "layers": [{"kind": "autoregressive", "hidden": [8]}]}' |
  nf-train ab.csv --spec - --epochs 30 --seed 1 -q -o m.nf
# Few batches suffice to see it, and where only some rows fall there, that is what is said.
edges() { echo "{\"dim\": 2, \"base\": {\"kind\": \"uniform\", \"low\": -$1, \"high\": $1}, \"layers\": [{\"kind\": \"permutation\"}]}"; }
nf-train ab.csv --spec <(edges 1) --epochs 3 --seed 1 -q -o m.nf
nf-train ab.csv --spec <(edges 2.5) --epochs 40 --batch 16 --seed 1 -o m.nf 2>&1 | sed 's/.*: \(val[^;]*\).*/\1/'
