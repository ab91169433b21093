# Pieces drawn with --skip make up the whole, on any number of threads.
nf-sample maf.nf --seed 7 -n 10000 -j 1 > whole
for k in 0 777 5000; do
  nf-sample maf.nf --seed 7 -n 1000 --skip $k -j 3 > piece
  { head -1 whole; tail -n +$((k + 2)) whole | head -1000; } | cmp - piece && echo same
done
