#!/bin/bash
# Redraws the figure of Rezende and Mohamed, Variational inference with normalizing flows, 2015, arXiv:1505.05770:
# planar flows of 2, 8 and 32 layers, from normal and from uniform noise, fitted to four potentials by reverse KL.
# usage: potentials.sh [FOLDER]    Writes FOLDER/potentials.png, and prints a table of what each flow reached.
# Needs the nf tools in PATH, jq, and gnuplot. STEPS of training: 10000 unless set.
set -euo pipefail
folder=${1:-potentials} steps=${STEPS:-10000}
mkdir -p "$folder"
cd "$folder"

uniform='{"kind":"uniform","low":-3,"high":3}'
echo "| target | noise | layers | ELBO | log-normaliser | effective sample size | Pareto k |"
echo "|---|---|---|---|---|---|---|"
for target in u1 u2 u3 u4; do
  for base in normal uniform; do
    for layers in 2 8 32; do
      name=$target-$base-$layers
      noise=$base && [ $base = normal ] || noise=$uniform
      nf-train -q -j1 --objective reverse-kl --target $target --flow planar --set layers=$layers --set base="$noise" \
        --steps "$steps" --lr 5e-3 --anneal 0.5 -o "$name.nf"
      nf-inspect "$name.nf" --json | jq -r --arg row "| $target | $base | $layers" '
        def round(n): if . == null then "-" else . * pow(10; n) | round / pow(10; n) end;
        .training | "\($row) | \(.best_valid | round(3)) | \(.importance.log_normaliser | round(3)) ± \(
          .importance.log_normaliser_error | if . == null then . else 2 * . end | round(3)) | \(.importance.effective_share | if . == null then . else 100 * . end | round(1)) % | \(
          .importance.pareto_k | round(2)) |"'
      # A histogram of 200 000 samples, 100 x 100 bins over (-4, 4), as a matrix.
      nf-sample "$name.nf" -n 200000 | awk -F, '
        NR > 1 { i = int(($1 + 4) * 12.5); j = int(($2 + 4) * 12.5)
                 if ($1 > -4 && $2 > -4 && i < 100 && j < 100) ++n[i, j] }
        END { for (j = 0; j < 100; ++j) { for (i = 0; i < 100; ++i) printf "%d ", n[i, j]; print "" } }' >"$name.dat"
    done
  done
done

gnuplot <<'PLOT'
set terminal pngcairo size 1400,860 font ",11"
set output "potentials.png"
set multiplot layout 4,7 margins 0.03,0.99,0.01,0.95 spacing 0.005,0.01
unset key; unset colorbox; unset tics
set palette defined (0 "white", 0.2 "#cfe3f3", 0.5 "#5b9bd0", 1 "#08306b")
set xrange [-4:4]; set yrange [-4:4]; set size ratio -1
w1(x) = sin(pi*x/2); w2(x) = 3*exp(-((x-1)/0.6)**2/2); w3(x) = 3/(1+exp(-(x-1)/0.3))
wall(x) = abs(x) > 4 ? ((abs(x)-4)/0.2)**2/2 : 0
u1(x,y) = ((sqrt(x*x+y*y)-2)/0.4)**2/2 - log(exp(-((x-2)/0.6)**2/2)+exp(-((x+2)/0.6)**2/2)+1e-300)
u2(x,y) = ((y-w1(x))/0.4)**2/2 + wall(x)
u3(x,y) = -log(exp(-((y-w1(x))/0.35)**2/2)+exp(-((y-w1(x)+w2(x))/0.35)**2/2)+1e-300) + wall(x)
u4(x,y) = -log(exp(-((y-w1(x))/0.4)**2/2)+exp(-((y-w1(x)+w3(x))/0.35)**2/2)+1e-300) + wall(x)
u(k,x,y) = k == 1 ? u1(x,y) : k == 2 ? u2(x,y) : k == 3 ? u3(x,y) : u4(x,y)
set isosamples 100; set samples 100
do for [k=1:4] {
  set title (k == 1 ? "target" : "") offset 0,-0.8
  set ylabel sprintf("U%d", k) offset 3.5,0
  plot '++' using 1:2:(exp(-u(k,$1,$2))) with image
  unset ylabel
  do for [base in "normal uniform"] {
    do for [layers in "2 8 32"] {
      set title (k == 1 ? base.", ".layers." layers" : "") offset 0,-0.8
      plot sprintf("u%d-%s-%s.dat", k, base, layers) matrix using (-4+0.08*($1+0.5)):(-4+0.08*($2+0.5)):3 with image
    }
  }
}
PLOT
