nf-logprob maf.nf ab.csv --summary | sed 's/ .*//'
nf-logprob maf.nf ab.csv --summary --to json | sed 's/:[^,}]*/:/g'
nf-logprob maf.nf ab.csv > lp
nf-logprob maf.nf ab.csv --summary | sed -n 's/^worst_row *//p' > worst
awk 'NR > 1 && (NR == 2 || $1 < least) {least = $1; row = NR - 1} END {print row}' lp | cmp - worst && echo same
nf-logprob maf.nf ab.csv --bits-per-dim > bits
paste lp bits | tail -n +2 | awk '{d = -$1 / (2 * log(2)) - $2; if (d * d > 1e-10) print}'
head -1 bits
nf-logprob maf.nf ab.csv --summary --to json > s.json
tail -n +2 lp | sort -g | awk -v n="$(($(wc -l < lp) - 1))" '{ cut = int((n + 999) / 1000); all += $1 } NR > cut { low += $1; k++ }
  NR > cut && NR <= n - cut { both += $1; m++ } END { print low / k, low / k - all / n, both / m }' |
  paste -d' ' - <(jq -r '[.lower_trimmed_mean, .lower_trimmed_bias, .two_sided_trimmed_mean] | join(" ")' s.json) |
  awk '{ for (i = 1; i < 4; i++) if (($i - $(i + 3)) ^ 2 > 1e-9) print; print NF }'
