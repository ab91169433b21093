#!/bin/bash
# Learns eight toy densities (toys.awk) by a continuous flow, and draws rows, densities and paths.
# usage: toys.sh [FOLDER]    Writes FOLDER/toys.png, and prints a table of test log-likelihoods, also of other flows.
# Needs the nf tools in PATH, jq, and gnuplot. SECONDS_EACH of training: 60 unless set; FLOWS beside cnf: residual nsf.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-toys} seconds=${SECONDS_EACH:-60} others=${FLOWS-residual nsf}
mkdir -p "$folder"
cd "$folder"
toys="8gaussians 2spirals checkerboard rings moons pinwheel swissroll circles"

# A number in the middle of each cell of 200 x 200 over (-4, 4).
awk 'BEGIN { print "x,y"; for (j = 0; j < 200; ++j) for (i = 0; i < 200; ++i) printf "%.6g,%.6g\n", -3.98 + 0.04 * i, -3.98 + 0.04 * j }' >grid.csv
echo "| toy | cnf |${others:+ ${others// / | } |}"
echo "|---|---${others:+$(sed -E 's/[^ ]+ ?/|---/g' <<<"$others")}|"
for toy in $toys; do
  awk -f "$here/toys.awk" -v name="$toy" -v rows=50000 -v seed=1 >"$toy.csv"
  awk -f "$here/toys.awk" -v name="$toy" -v rows=10000 -v seed=2 >"$toy-test.csv"
  line="| $toy |"
  for flow in cnf $others; do
    nf-train "$toy.csv" --doors none --flow "$flow" --max-seconds "$seconds" -q -o "$toy-$flow.nf"
    line+=$(nf-logprob "$toy-$flow.nf" "$toy-test.csv" --summary --to json |
      jq -r '" \(.mean * 1000 | round / 1000) ± \(.standard_error * 1000 | round / 1000) |"')
  done
  echo "$line"
  nf-logprob "$toy-cnf.nf" grid.csv | awk -F, 'NR > 1 { printf "%.4g%s", exp($1), (NR - 1) % 200 ? " " : "\n" }' >"$toy.dat"
  nf-inspect --plot "$toy-paths.png" --of paths "$toy-cnf.nf"
done

gnuplot <<PLOT
set terminal pngcairo size 1600,640 font ",11"
set output "toys.png"
set multiplot layout 3,8 margins 0.03,0.995,0.01,0.95 spacing 0.006,0.012
unset key; unset colorbox; unset tics
set size ratio -1
set palette defined (0 "white", 0.2 "#cfe3f3", 0.5 "#5b9bd0", 1 "#08306b")
set xrange [-4:4]; set yrange [-4:4]
do for [toy in "$toys"] {
  set title toy offset 0,-0.8
  if (toy eq word("$toys", 1)) { set ylabel "rows" } else { unset ylabel }
  set datafile separator ','
  plot toy.'-test.csv' every ::1::4000 using 1:2 with dots linecolor rgb "#404040"
  set datafile separator whitespace
}
unset title
do for [toy in "$toys"] {
  if (toy eq word("$toys", 1)) { set ylabel "density" } else { unset ylabel }
  plot toy.'.dat' matrix using (-3.98+0.04*\$1):(-3.98+0.04*\$2):3 with image
}
set xrange [*:*]; set yrange [*:*]
do for [toy in "$toys"] {
  if (toy eq word("$toys", 1)) { set ylabel "paths" } else { unset ylabel }
  plot toy.'-paths.png' binary filetype=png with rgbimage
}
PLOT
