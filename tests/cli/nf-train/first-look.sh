# What the numbers of a table show before anything is learned: said once, kept in the model.
table() { awk -v OFS=, 'function u() { s = s * 16807 % 2147483647; return s / 2147483647 }
  function g() { return u() + u() + u() + u() - 2 } BEGIN { s = 7; '"$1"' }'; }
look() { nf-train "$@" --doors none --set hidden=8 --epochs 1 --seed 1 -o m.nf 2>&1 | grep -v '^best epoch'; }
echo "# ordinary" && look ab.csv
echo "# a die" && table 'print "face"; for (i = 0; i < 300; ++i) print 1 + int(6 * u())' > x.csv && look x.csv
nf-inspect m.nf | grep remark
nf-inspect m.nf --json | jq -c .training.remarks
echo "# as context" && look abl.csv --context label
echo "# a unit twice" && table 'print "f,c,d"; for (i = 0; i < 300; ++i) { c = g(); print 2 * c + 1, c, g() }' > x.csv && look x.csv
echo "# given" && look x.csv --context c
echo "# shares" && table 'print "p,q,n,r"; for (i = 0; i < 300; ++i) { p = u(); q = u(); print p, q, g(), 1 - p - q }' > x.csv
look x.csv
echo "# many" && table 'print "a,b,c,d,e,f"; for (i = 0; i < 99; ++i) { a = g(); print a, 2*a, 3*a, 4*a, 5*a, 6*a }' > x.csv
look x.csv
echo "# copies" && table 'print "a,b"; for (i = 0; i < 50; ++i) { a = g() OFS g(); for (j = 0; j < 8; ++j) print a }' > x.csv
look x.csv
echo "# missing" && table 'print "a,b"; for (i = 0; i < 300; ++i) print g(), (i % 20 ? g() : i % 40 ? -999 : -9999)' > x.csv
look x.csv
table 'print "a,b"; for (i = 0; i < 300; ++i) print g(), (i % 20 ? g() : "-1e34")' > x.csv && look x.csv
echo "# wild" && table 'print "a,b"; for (i = 0; i < 300; ++i) print g(), (i == 9 ? 1e12 : g())' > x.csv && look x.csv
echo "# a spike" && table 'print "a,b"; for (i = 0; i < 300; ++i) { b = g(); print g(), b < 1 ? b : 1 }' > x.csv && look x.csv
echo "# weights" && table 'print "a,w"; for (i = 0; i < 300; ++i) print g(), (i == 9 ? 500 : 1)' > x.csv && look x.csv --weights w
echo "# quiet" && look x.csv --weights w -q
