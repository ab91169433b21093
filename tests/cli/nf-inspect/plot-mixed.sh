# Words have bars, gaps are left out and named, dates are dates, and long tails do not make all else one bar.
command -v gnuplot > /dev/null || { echo "needs gnuplot (gnuplot-nox)"; exit 77; }
awk 'BEGIN {
  srand(1); print "colour,size,day,one,pay"
  for (i = 1; i <= 800; ++i) {
    u = rand() + rand() + rand() - 1.5
    colour = rand() < 0.6 ? "red" : rand() < 0.5 ? "50% blue" : "green"
    size = rand() < 0.25 ? "NA" : sprintf("%.3f", 5 + u)
    pay = exp(3 * u) + (i == 5 ? 1e6 : 0)
    printf "%s,%s,2024-%02d-%02d,7,%.3f\n", colour, size, 1 + int(6 * rand()), 1 + int(28 * rand()), pay
  }
}' > mixed.csv
nf-train -q mixed.csv --epochs 3 --set hidden=16 -o mixed.nf
nf-inspect --plot x.svg mixed.nf mixed.csv
grep -o '<text>[^<]*</text>' x.svg | sed 's/<[^>]*>//g' |
  grep -E '^(colour|size|day|one|pay|red|50% blue|green|2024-..)$' | sort -u
grep -o -E 'left out 2[0-9.]+ %' x.svg | sed 's/[0-9.]* %/.../'
grep -c '<text>[0-9.]*[kM]</text>' x.svg
nf-inspect --plot - mixed.nf mixed.csv | grep -E -o '^ *(colour|size|day|one|pay)( |$)' | tr -d ' '
for of in latent logprob; do nf-inspect --plot x.png --of $of mixed.nf mixed.csv || echo "exit $?"; done
# Nine columns: eight are shown, and it is said.
awk 'BEGIN {
  srand(2); print "a,b,c,d,e,f,g,h,i"
  for (r = 0; r < 200; ++r) for (j = 1; j <= 9; ++j) printf "%.4f%s", rand() + rand(), j < 9 ? "," : "\n"
}' > nine.csv
nf-train -q nine.csv --epochs 1 --set hidden=16 -o nine.nf
nf-inspect --plot - nine.nf nine.csv | grep -c -E '^ *[a-i] *$'
nf-inspect --plot - --columns i,c nine.nf nine.csv | grep -E -o '^ *[a-i] *$' | tr -d ' '
