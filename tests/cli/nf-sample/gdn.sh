# All noise has an x, and its log-density is the one that nf-logprob computes.
awk 'BEGIN { print "a,b,c,d,e,f,g"; srand(1); for (i = 0; i < 2000; i++) { a = rand(); b = rand() * rand(); print a "," b "," a * b "," a - b "," \
  rand() "," a + rand() "," b * b * b } }' >seven.csv
nf-train seven.csv --doors none --flow gdn --set layers=4 --steps 200 -q -o m.nf
nf-sample m.nf -n 20000 --logprob >s.csv
cut -d, -f1-7 s.csv | nf-logprob m.nf - | paste -d, s.csv - |
  awk -F, 'NR > 1 { d = $8 - $9; if (!(d * d < 1e-6)) print; n++ } END { print n }'
