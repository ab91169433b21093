# Rows given some of their columns. a is uniform, b = 3 a + noise: given either, the other lies where it should.
awk 'function u() { s = s * 16807 % 2147483647; return s / 2147483647 }
  BEGIN { s = 5; print "w,a,b"; for (i = 0; i < 3000; ++i) { a = 4 * u(); print (u() < a / 4 ? "high" : "low") "," a "," 3 * a + u() + u() - 1 } }' > x.csv
nf-train x.csv -q --doors none --door w=category --set order=same --set hidden=32 --epochs 30 --lr 0.01 -o m.nf
moments() { awk -F, -v c="$1" 'NR > 1 { ++n; s += $c; q += $c * $c } END { m = s / n; printf "%d %.3f %.3f\n", n, m, sqrt(q / n - m * m) }'; }
near() { awk -v a="$1" -v by="$2" '{ d = $2 - a; print $1, (d * d < by * by && $3 < 0.8 ? "near" : "not near: " $0) }'; }
nf-sample m.nf --given a=3,w=high -n 2000 --seed 1 > ab.csv
moments 3 < ab.csv | near 9 0.3
cut -d, -f1,2 ab.csv | sort -u
nf-sample m.nf --given b=6 -n 2000 --seed 1 2> note | moments 2 | near 2 0.3
sed -E 's/[0-9]+/N/g' note
nf-sample m.nf --given b=6 -n 500 --seed 1 2> note | cmp - <(nf-sample m.nf --given b=6 -n 500 --seed 1 -j 2 2> note) && echo repeats
nf-sample m.nf --given w=medium
nf-sample m.nf --given c=1
nf-sample m.nf --given a
nf-sample maf.nf --given a=1
nf-sample m.nf --given a=1 --logprob
nf-train x.csv -q --door a=logit:0:5 --door w=category --set order=same --set hidden=8 --epochs 1 -o n.nf
nf-sample n.nf --given a=7,w=high
nf-sample m.nf --given b=6 -n 0 --seed 1 2> note || cat note
