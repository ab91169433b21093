#!/bin/bash
# Rewrites the small models of this folder and the log-densities that reference.py, not nf-tools, computes for them.
# usage: tests/golden/make.sh BUILD_DIR
set -euo pipefail
cd "$(dirname "$0")"
PATH="$(cd "../../$1" 2>/dev/null || cd "$1"; pwd):$PATH"
data=../../share/data/diamonds_train.csv

# With a column of three classes.
classes() {
  awk -F, 'NR == 1 { print $0 ",class"; next } { print $0 "," ($1 < 0.5 ? 1 : $1 < 1 ? 2 : 5) }' "$@"
}

# With an angle, in degrees.
angles() {
  awk -F, 'NR == 1 { print $0 ",angle"; next } { print $0 "," 180 + 57.2957795 * atan2(sin(7 * $1), cos(5 * $2)) }' "$@"
}

# With words, gaps, counts, a spike at a bound and a value that is always the same.
kinds() {
  awk -F, -v OFS=, 'NR == 1 { print $0, "color", "gap", "count", "above", "same", "mark", "price"; next }
    { print $0, ($1 < 0.5 ? "red" : $1 < 1 ? "green" : "dark blue"), (NR % 5 ? $2 - 60 : "NA"), int(3 * $1) % 5,
        ($2 < 61 ? 0 : exp($2 - 62)), 7, (NR % 7 ? $3 / 100 : NR % 2 ? "" : -1),
        (NR % 3 ? NR % 5 + (NR % 2 ? 0.5 : 0.99) : 0) }' "$@"
}

# model NAME OPTION...: a model with real, if hasty, numbers.
model() {
  local name=$1
  shift
  nf-train "$data" --doors none --steps 300 --seed 1 -q "$@" -o "$name.nf"
  python3 reference.py "$name.nf" rows.csv >"$name.txt"
}

{
  head -60 ../../share/data/diamonds_test.csv
  echo "4,90,20,2,30,1,9" # far from all diamonds
} | classes | angles | kinds >rows.csv
model maf --flow maf --set hidden=12,12
model maf_conditional --flow maf --set hidden=12,12,12 --set activation=tanh --set residual=true \
  --set normalise=batch_norm --set order=random --context carat
model iaf --flow iaf --set hidden=12,12 --set layers=2 --set normalise=actnorm
model realnvp --flow realnvp --set hidden=12,12 --set mask=halves
model nice --flow nice --set hidden=12,12
model nsf --flow nsf --set hidden=12,12 --set layers=2 --set bins=5 --set tail_bound=2
nf-train "$data" --doors none --steps 300 --seed 1 -q -o splines.nf --spec - <<'SPEC'
{"dim": 7, "base": {"kind": "normal"}, "layers": [
  {"kind": "coupling", "transformer": {"kind": "rq_spline", "bins": 4, "min_derivative": 0.05}, "hidden": [12]},
  {"kind": "elementwise", "transformer": {"kind": "rq_spline", "bins": 6, "tail_bound": 7}},
  {"kind": "autoregressive", "inverse": true, "transformer": {"kind": "rq_spline", "bins": 3, "min_width": 0.01,
   "min_height": 0.02, "min_derivative": 0.1, "inverse": true}, "hidden": [12]}]}
SPEC
python3 reference.py splines.nf rows.csv >splines.txt
model glow --flow glow --set hidden=12,12 --set layers=3
model planar --flow planar --set layers=6
model radial --flow radial --set layers=6
model sylvester --flow sylvester --set rank=3 --set layers=4
model gdn --flow gdn
model cnf --flow cnf --set hidden=12 --set steps=6 --context carat
nf-train "$data" --doors none --objective flow-matching --steps 100 --seed 1 -q -o turned.nf --context carat --spec - <<'SPEC'
{"dim": 6, "context": 1, "base": {"kind": "normal"}, "layers": [
  {"kind": "elementwise", "transformer": "affine", "from_data": true},
  {"kind": "continuous", "field": {"kind": "bilinear", "hidden": 10}, "solver": "midpoint", "steps": 4,
   "explicit": "decode", "log_det": "map"}]}
SPEC
python3 reference.py turned.nf rows.csv >turned.txt
model residual --flow residual --set hidden=12,10 --set layers=2 --context carat
model residual_dense --flow iresnet --set hidden=8,8 --set layers=2 --set dense=true
model ffjord --flow ffjord --set hidden=12,9 --set steps=6 --context carat
model cnf_hollow --flow cnf_hollow --set hidden=12 --set mix=6,5 --set summary=3 --set terms=2 --set steps=6
nf-train "$data" --doors none --steps 300 --seed 1 -q -o layers.nf --spec - <<'SPEC'
{"dim": 7, "base": {"kind": "normal"}, "layers": [
  {"kind": "linear", "form": "qr"}, {"kind": "planar"}, {"kind": "radial"},
  {"kind": "linear", "order": "random", "seed": 1, "inverse": true},
  {"kind": "sylvester", "form": "householder", "rank": 4, "reflections": 3},
  {"kind": "sylvester", "form": "triangular", "order": "reverse", "rank": 5, "inverse": true},
  {"kind": "linear", "form": "qr", "inverse": true}]}
SPEC
python3 reference.py layers.nf rows.csv >layers.txt
model maf_mog --flow maf_mog --set hidden=12,12 --set layers=2 --set components=3 --set 'base={"kind":"student_t"}'
model gaussianization --flow gaussianization --set layers=3 --set components=4 \
  --set 'base={"kind":"gaussian_mixture","components":3}'
classed=$(mktemp --suffix .csv)
angled=$(mktemp --suffix .csv)
trap 'rm -f "$classed" "$angled"' EXIT
classes "$data" >"$classed"
nf-train "$classed" --doors none --context class --steps 300 --seed 1 -q -o classes.nf --spec - <<'SPEC'
{"dim": 7, "context": 1, "base": {"kind": "conditional_normal", "classes": 3}, "layers": [
  {"kind": "elementwise", "inverse": true, "transformer": {"kind": "mixture_cdf", "components": 3, "component": "normal"}},
  {"kind": "householder", "inverse": true, "reflections": 3},
  {"kind": "coupling", "transformer": {"kind": "mixture_cdf", "components": 3}, "hidden": [12], "mask": "even"}]}
SPEC
python3 reference.py classes.nf rows.csv >classes.txt
angles "$data" >"$angled"
nf-train "$angled" --doors none --circle angle:360 --steps 300 --seed 1 -q -o circle.nf --spec - <<'SPEC'
{"dim": 8, "base": {"kind": "student_t", "override": {"2": "logistic"}}, "layers": [
  {"kind": "coupling", "transformer": {"kind": "affine"}, "hidden": [12], "mask": [1, 0, 0, 1, 0, 1, 0, 0]},
  {"kind": "autoregressive", "transformer": {"kind": "affine"}, "override": {"1": "additive"}, "hidden": [12]},
  {"kind": "autoregressive", "inverse": true, "hidden": [12], "order": "reverse"}]}
SPEC
python3 reference.py circle.nf rows.csv >circle.txt
nf-train "$data" --doors none --steps 300 --seed 1 -q -o slice.nf --spec - <<'SPEC'
{"dim": 7, "base": {"kind": "normal"}, "layers": [
  {"kind": "coupling", "hidden": [12]},
  {"kind": "on", "columns": [5, 1, 3], "layers": [
    {"kind": "elementwise"}, {"kind": "coupling", "mask": "odd", "hidden": [12]}, {"kind": "batch_norm"}]},
  {"kind": "slice", "drop": [6, 2], "hidden": [12]},
  {"kind": "on", "inverse": true, "columns": [0, 4], "layers": [
    {"kind": "coupling", "hidden": [12]}, {"kind": "elementwise", "transformer": "scale"}]},
  {"kind": "slice", "drop": [0], "transformer": {"kind": "rq_spline", "bins": 4}, "hidden": [12]}]}
SPEC
python3 reference.py slice.nf rows.csv >slice.txt
nf-train "$data" --doors none --steps 300 --seed 1 -q -o stochastic.nf --spec - <<'SPEC'
{"dim": 7, "base": {"kind": "normal"}, "layers": [
  {"kind": "slice", "drop": [6], "hidden": [12]},
  {"kind": "langevin", "step": 0.05, "moves": 2}, {"kind": "coupling", "hidden": [12]},
  {"kind": "metropolis", "moves": 3}, {"kind": "coupling", "mask": "odd", "hidden": [12]},
  {"kind": "hmc", "leaps": 3, "moves": 2}]}
SPEC
python3 reference.py stochastic.nf rows.csv >stochastic.txt
model sos --flow sos --set hidden=12,12
model naf --flow naf --set hidden=12,12
model naf_ddsf --flow naf_ddsf --set hidden=12,12 --set layers=2
nf-train "$data" --doors none --steps 300 --seed 1 -q -o student.nf --spec - <<'SPEC'
{"dim": 7, "base": {"kind": "normal"}, "layers": [
  {"kind": "autoregressive", "inverse": true, "transformer": {"kind": "affine", "inverse": true}, "hidden": [12, 12]},
  {"kind": "permutation", "order": "random", "seed": 2},
  {"kind": "coupling", "inverse": true, "transformer": {"kind": "affine", "inverse": true}, "hidden": [12], "mask": "first"},
  {"kind": "permutation", "inverse": true, "order": [2, 0, 1, 4, 3, 6, 5]},
  {"kind": "batch_norm", "inverse": true},
  {"kind": "elementwise", "transformer": {"kind": "scale", "inverse": true}}]}
SPEC
python3 reference.py student.nf rows.csv >student.txt
mixed=$(mktemp --suffix .csv)
trap 'rm -f "$classed" "$angled" "$mixed"' EXIT
kinds "$data" >"$mixed"
above='above={"kind": "atoms", "at": [0], "door": "log"}'
mark='mark={"kind": "atoms", "at": [null, -1], "door": {"kind": "logit", "low": 0.1, "high": 1}}'
gap='gap={"kind": "atoms", "at": [null], "door": "asinh"}'
nf-train "$mixed" --columns color,gap,count,above,same,mark,x,depth --doors none --door color=category --door "$gap" \
  --door count=ordinal --door "$above" --door same=constant --door "$mark" --door x=rank:8 --set hidden=12,12 \
  --set layers=2 --steps 300 --seed 1 -q -o mixed.nf
python3 reference.py mixed.nf rows.csv >mixed.txt
price='price={"kind": "atoms", "at": [0], "door": {"kind": "remainder", "step": 0.01, "per": 100, "whole": "ordinal",
  "left": "ordinal"}}'
nf-train "$mixed" --columns gap,price,x --doors none --door "$gap" --door "$price" --door x=rounded:0.01 \
  --set hidden=12,12 --set layers=2 --steps 300 --seed 1 -q -o counts.nf
python3 reference.py counts.nf rows.csv >counts.txt
nf-train "$mixed" --columns gap,above,x --context color,mark,depth --doors none --door "$gap" --door "$above" \
  --door color=category --door "$mark" --flow iaf --set hidden=12,12 --set layers=2 --steps 300 --seed 1 -q \
  -o mixed_conditional.nf
python3 reference.py mixed_conditional.nf rows.csv >mixed_conditional.txt
nf-train "$mixed" --columns color,x,depth --context carat --doors none --door color=category --steps 300 --seed 1 -q \
  -o mixture.nf --spec - <<'SPEC'
{"dim": 3, "context": 1, "levels": [0], "layers": [{"kind": "mixture", "flows": [
  [{"kind": "mixed", "levels": {"0": 3}, "hidden": [8], "layers": [{"kind": "autoregressive", "hidden": [8]}]}],
  [{"kind": "mixed", "levels": {"0": 3}, "hidden": [6], "layers": [
    {"kind": "coupling", "transformer": {"kind": "rq_spline", "bins": 4}, "hidden": [8]}, "linear"]}]]}]}
SPEC
python3 reference.py mixture.nf rows.csv >mixture.txt
