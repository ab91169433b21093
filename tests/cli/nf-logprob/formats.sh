# The same rows in any format have the same density.
for format in csv tsv json ndjson npy; do
  nf-sample maf.nf -n 100 --seed 3 --to $format > x
  nf-logprob maf.nf x --to csv | grep -v log_prob > $format.lp
  nf-sample maf.nf -n 100 --seed 3 -o x.$format
  cmp x x.$format
  nf-logprob maf.nf x.$format | head -c 1 | tr '\223' N | sed 's/[-0-9]/#/'
  echo
done
for format in tsv json ndjson; do cmp csv.lp $format.lp && echo same; done
# NPY holds the floats themselves, not the decimals that stand for them.
paste csv.lp npy.lp | awk '{d = $1 - $2; if (d * d > 1e-8) print}'
