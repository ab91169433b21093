#!/bin/bash
# From a CSV to a density, a sampler and a distilled sampler: trains a MAF on the diamonds table, distils it into an IAF
# and prints what both are worth, a line a stage with its time. `make demo` runs it, and MAKE names what installs and
# builds first; arguments: none. BUILD names the build folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/${BUILD:-build}:$PATH"
# stage NAME COMMAND...: runs it and says how long it took.
times=
stage() {
  local name=$1 start=$SECONDS
  shift
  "$@"
  times+="${times:+, }$name $((SECONDS - start)) s"
  echo "-- $name: $((SECONDS - start)) s"
}
whole=$SECONDS
if [ -n "${MAKE:-}" ]; then
  stage packages $MAKE --no-print-directory deps
  stage build $MAKE --no-print-directory all
fi
data=share/data out=${BUILD:-build}/demo
mkdir -p "$out"
teacher=$out/teacher.nf student=$out/student.nf

echo "== nf-train: a masked autoregressive flow (the teacher)"
stage train nf-train --flow maf "$data/diamonds_train.csv" --valid "$data/diamonds_val.csv" --max-seconds 40 -o "$teacher"
echo "== nf-distill: an inverse autoregressive flow (the student)"
stage distil nf-distill "$teacher" "$data/diamonds_train.csv" --max-seconds 40 -o "$student"

# seconds COMMAND...: wall-clock time of a command whose output is thrown away.
seconds() {
  local start=$EPOCHREALTIME
  "$@" >/dev/null
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'
}
# rate ROWS COMMAND...
rate() { awk -v n="$1" -v s="$(shift; seconds "$@")" 'BEGIN { printf "%.3g", n / s }'; }
value() { awk -v key="$1" '$1 == key { print $2 }' "$2"; }

# KL(student || teacher) = mean of log p_S(x) - log p_T(x) over the student's own samples.
kl=$(nf-sample "$student" -n 1e5 --seed 1 --logprob | nf-logprob "$teacher" - --append |
  awk -F, 'NR > 1 { d = $(NF-1) - $NF; n++; s += d; q += d * d }
           END { m = s / n; printf "%.4f ± %.4f", m, sqrt((q / n - m * m) / n) }')

echo "== test log-likelihood in nats, in the units of the data, also without the lowest 0.1 % of rows; rows a second on all cores, start-up included"
printf '%-8s  %-18s %13s  %11s  %11s  %s\n' "" "mean ± s.e." "without 0.1 %" "density/s" "sampling/s" "KL(student || teacher)"
for flow in teacher student; do
  model=$out/$flow.nf
  nf-logprob "$model" "$data/diamonds_test.csv" --summary >"$out/$flow.txt"
  nf-sample "$model" -n 4e5 --seed 2 --to npy -o "$out/$flow.npy"
  printf '%-8s  %-18s %13.3f  %11s  %11s  %s\n' "$flow" \
    "$(printf '%.3f ± %.3f' "$(value mean "$out/$flow.txt")" "$(value standard_error "$out/$flow.txt")")" \
    "$(value lower_trimmed_mean "$out/$flow.txt")" \
    "$(rate 4e5 nf-logprob "$model" "$out/$flow.npy" --to npy)" \
    "$(rate 4e5 nf-sample "$model" -n 4e5 --seed 2 --to npy)" \
    "$([ $flow = student ] && echo "$kl")"
done
echo "wall time: $((SECONDS - whole)) s ($times); the models are $teacher and $student"
tools=${BUILD:-build}
cat <<END
To try next:
  $tools/nf-sample $student -n 5 --seed 7 --logprob
  $tools/nf-inspect $teacher --check $data/diamonds_test.csv
  $tools/nf-train $data/diamonds_train.csv --flow nsf --max-seconds 60 -o spline.nf
END
