nf-logprob maf.nf ab.csv --summary | sed 's/ .*//'
nf-logprob maf.nf ab.csv --summary --to json | sed 's/:[^,}]*/:/g'
nf-logprob maf.nf ab.csv > lp
nf-logprob maf.nf ab.csv --summary | sed -n 's/^worst_row *//p' > worst
awk 'NR > 1 && (NR == 2 || $1 < least) {least = $1; row = NR - 1} END {print row}' lp | cmp - worst && echo same
nf-logprob maf.nf ab.csv --bits-per-dim > bits
paste lp bits | tail -n +2 | awk '{d = -$1 / (2 * log(2)) - $2; if (d * d > 1e-10) print}'
head -1 bits
