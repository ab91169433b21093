#!/bin/bash
# Every measurement of `make bench`: whole flows, the tools end to end, and, where python3-torch is there, PyTorch.
# BUILD names the build folder; the JSON goes to $BUILD/bench.json and $BUILD/peers.json.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(cd "${BUILD:-build}" && pwd)
PATH="$build:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$build/tests/bench/bench_flow" --json "$build/bench.json"

echo
echo "the tools, end to end, 2 threads"
seconds() { # wall-clock time of a command
  local start=$EPOCHREALTIME
  "$@" >/dev/null
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'
}
row() { printf '%-58s %10s %s\n' "$@"; }
best() { # the least of five times of a command
  for _ in 1 2 3 4 5; do seconds "$@"; done | sort -g | head -1
}
memory() { /usr/bin/env python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024))' "$@"; }

cut -d, -f1-6 share/data/diamonds_train.csv >"$work/six.csv"
nf-train "$work/six.csv" --doors none --set hidden=64,64 --steps 200 -q -o "$work/maf.nf"
nf-distill "$work/maf.nf" "$work/six.csv" --steps 200 -q -o "$work/iaf.nf"
nf-sample "$work/maf.nf" -n 3e6 -o "$work/rows.csv"
megabytes=$(awk -v b="$(stat -c %s "$work/rows.csv")" 'BEGIN { print b / 1e6 }')
for threads in 1 2; do
  t=$(best nf-logprob -j $threads "$work/maf.nf" "$work/rows.csv")
  row "nf-logprob, CSV of 6 columns, MAF 5x(64,64), -j $threads" "$(awk -v m="$megabytes" -v t="$t" 'BEGIN { printf "%.0f", m / t }')" MB/s
done
row "  peak memory on $megabytes MB" "$(memory nf-logprob -j 2 "$work/maf.nf" "$work/rows.csv")" MB
for format in npy csv; do
  t=$(seconds nf-sample -j 2 "$work/iaf.nf" -n 1e7 --to $format)
  row "nf-sample -n 1e7, distilled IAF, to $format, -j 2" "$(awk -v t="$t" 'BEGIN { printf "%.3g", 1e7 / t }')" rows/s
done
for tool in nf-logprob nf-train nf-sample nf-distill nf-inspect; do
  row "$tool --version" "$(awk -v t="$(best $tool --version)" 'BEGIN { printf "%.1f", t * 1e3 }')" ms
done
nf-train share/data/diamonds_train.csv --doors none --set hidden=512,512 --steps 2 -q -o "$work/wide.nf"
head -2 share/data/diamonds_test.csv >"$work/one.csv"
row "one row scored by a 5x(512,512) MAF, cold process" "$(awk -v t="$(best nf-logprob "$work/wide.nf" "$work/one.csv")" 'BEGIN { printf "%.1f", t * 1e3 }')" ms

echo
echo "PyTorch, the same flows"
env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE /usr/bin/python3 tests/bench/peers.py | tee "$build/peers.json"
env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE /usr/bin/python3 tests/bench/peers_sos.py | tee -a "$build/peers.json"
env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE /usr/bin/python3 tests/bench/peers_cnf.py | tee -a "$build/peers.json"
[ -s "$build/peers.json" ] || exit 0
echo
echo "ours / PyTorch, one thread"
jq -rn --slurpfile ours "$build/bench.json" --slurpfile peers "$build/peers.json" '
  $peers[] | select(.threads == 1) as $p
  | ($ours[0][] | select(.what == ($p.what | sub(" \\([A-Za-z ]*\\)$"; "")) and .dim == $p.dim and .hidden == $p.hidden and .unit == "rows/s")) as $o
  | "\($p.what) \($p.dim),\($p.hidden): \(($o.value / $p.rows_per_s * 10 | round) / 10)x"'
