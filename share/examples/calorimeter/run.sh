#!/bin/bash
# Photon showers in a calorimeter: simulated, learned by a flow, distilled into a fast one, and all three compared.
# usage: run.sh [FOLDER]; everything is written to FOLDER [calorimeter.out]. The nf tools are found by BUILD or PATH.
# TRAIN and DISTILL are seconds, SHOWERS the number to train on, NF_THREADS that of threads [all cores].
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
build=${BUILD:-$root/build}
[ -d "$build" ] && PATH=$(cd "$build" && pwd):$PATH
out=${1:-calorimeter.out}
train=${TRAIN:-230} distill=${DISTILL:-170} showers=${SHOWERS:-200000} test=20000
"$root/share/install-packages.sh" g++ libboost-dev libfmt-dev gnuplot-nox jq
mkdir -p "$out"
cd "$out"

echo "== simulate"
for program in simulate encode; do
  c++ -std=c++20 -O2 "$here/$program.cc" -o $program -lfmt
done
start=$EPOCHREALTIME
./simulate "$showers" 1 >train.csv
simulation=$(awk -v a="$start" -v b="$EPOCHREALTIME" -v n="$showers" 'BEGIN { printf "%.3g", 1000 * (b - a) / n }')
./simulate 20000 2 >valid.csv
./simulate $test 3 >simulation.csv # what flows are compared with
./simulate $test 4 >again.csv      # as good as a flow can get; its energies are those that flows are asked for
columns=$(head -1 simulation.csv | tr , '\n' | grep -c ^c)
awk -F, -v n="$columns" 'NR > 1 { for (f = 2; f <= NF; ++f) empty += $f == 0 }
  END { printf "%d cells, %.0f %% of them empty\n", n, 100 * empty / (n * (NR - 1)) }' simulation.csv

echo "== the teacher: a neural spline flow of cells given the energy"
./encode 5 <train.csv >train.columns.csv
./encode 6 <valid.csv >valid.columns.csv
nf-train --flow nsf --doors none --context log_energy train.columns.csv --valid valid.columns.csv \
  --max-seconds "$train" --log-file teacher.log -o teacher.nf

echo "== the student: the same layers inverted, so that sampling is one parallel pass"
nf-distill teacher.nf train.columns.csv --valid valid.columns.csv --max-seconds "$distill" --log-file student.log \
  --report report.json -o student.nf

echo "== showers of the teacher, of the student, and of cells that know nothing of each other"
awk -F, 'NR == 1 { print "log_energy"; next } { print log($1) }' again.csv >energies.csv
for flow in teacher student; do
  nf-sample $flow.nf energies.csv --with-context --seed 7 | ./encode --decode >$flow.csv
done
awk -f "$here/independent.awk" again.csv >independent.csv

echo "== how well a network tells them from simulation: area under its ROC curve, 0.5 is perfect"
for name in simulation again teacher student independent; do
  awk -f "$here/shapes.awk" $name.csv >$name.shapes.csv
done
auc() { # A B
  nf-inspect --compare "$1" "$2" --json | jq -r '.classifier | "\(.auc) \(.auc_error)"' |
    awk '{ printf "%.3f ± %.3f", $1, $2 }'
}
{
  echo "| | AUC, $columns cells | AUC, shapes |"
  echo "|---|---|---|"
  for name in independent teacher student again; do
    cells=$(auc simulation.csv $name.csv)
    shapes=$(auc simulation.shapes.csv $name.shapes.csv)
    echo "| $name | $cells | $shapes |"
  done
} | tee auc.md

echo "== milliseconds a shower, on one thread"
{
  echo "| batch | teacher, a pass for each of $columns columns | teacher, one pass | student |"
  echo "|---|---|---|---|"
  jq -r '.rows_per_second[] | select(.threads == 1) | [.batch, .teacher_column_by_column, .teacher, .student] | @tsv' \
    report.json | awk '{ printf "| %d | %.3g | %.3g | %.3g |\n", $1, 1000 / $2, 1000 / $3, 1000 / $4 }'
} | tee speed.md
echo "(the simulation: $simulation)"

gnuplot -e "folder='.'" "$here/plots.gp"
echo "wall time: $SECONDS s; see $out/shapes.png"
