# Results are floats, or doubles where that is asked for; columns far from 0 come as doubles always.
nf-logprob maf.nf ab.csv --to npy | head -c 60 | tr -c 'a-z0-9<' ' ' | grep -o '<f.'
nf-logprob maf.nf ab.csv --to npy --precision double | head -c 60 | tr -c 'a-z0-9<' ' ' | grep -o '<f.'
nf-sample maf.nf -n 5 --seed 1 --to npy | head -c 60 | tr -c 'a-z0-9<' ' ' | grep -o '<f.'
digits() { tail -n +2 | awk '{if (length($0) > most) most = length($0)} END {print (most > 13 ? "as a double" : "as a float")}'; }
nf-logprob maf.nf ab.csv | digits
nf-logprob maf.nf ab.csv --precision double | digits
nf-logprob maf.nf ab.csv --precision double --append --to csv | cut -d, -f3 | digits
awk 'BEGIN {srand(1); print "t"; for (i = 0; i < 100; ++i) printf "%.0f\n", 1.7e9 + 1000 * rand()}' > time.csv
nf-train time.csv --doors none -q --epochs 1 --set hidden=8 -o t.nf && nf-sample t.nf -n 20 --seed 1 | digits
nf-sample maf.nf -n 5 --seed 1 --precision half
