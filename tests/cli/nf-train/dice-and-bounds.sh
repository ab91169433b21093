# Counted columns have probabilities, bounded ones samples within, marks for "missing" leave the others as they are.
table() { awk -v OFS=, 'function u() { s = s * 16807 % 2147483647; return s / 2147483647 } BEGIN { s = 7; '"$1"' }'; }
train() { nf-train x.csv -q --flow nsf --set hidden=16 --epochs 20 -o m.nf; }
echo "# a die: ln 1/6 = -1.79, which no model can pass"
table 'print "face"; for (i = 0; i < 3000; ++i) print 1 + int(6 * u())' > x.csv && train
nf-logprob m.nf x.csv --summary | awk '/^mean/ {print ($2 > -1.82 && $2 < -1.76)}'
nf-sample m.nf -n 6000 --seed 1 | tail -n +2 | sort | uniq -c | awk '{print $2, ($1 > 850 && $1 < 1150)}'
echo "# a unit square, uniform by its cube"
table 'print "u,v"; for (i = 0; i < 3000; ++i) print u(), u() ^ 3' > x.csv && train
nf-sample m.nf -n 20000 --seed 1 | awk -F, 'NR > 1 && !($1 >= 0 && $1 <= 1 && $2 >= 0 && $2 <= 1) {++out} END {print NR - 1, out + 0}'
echo "# -1e34 and -999"
for mark in -1e34 -999; do
  table 'print "a,b"; for (i = 0; i < 600; ++i) print (u() < 0.05 ? "'$mark'" : 10 + u() + u() + u() - u() - u() - u()), u()' > x.csv && train
  nf-sample m.nf -n 2000 --seed 1 | tail -n +2 | cut -d, -f1 | sort -g | awk '{a[NR] = $1} $1 < -900 {++marks} END {m = a[int(NR / 2)]; print (m > 9.5 && m < 10.5), (marks > 40 && marks < 180)}'
done
