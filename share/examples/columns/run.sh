#!/usr/bin/env bash
# usage: run.sh [SECONDS] [FLOW]. The three tables of make.sh, 20000 rows of each: trained on with no option but the time
# and the flow, sampled, and the samples held against the rows. A line a table: cells that the table could not have
# (other words, numbers below 0 where there are none, whole numbers that are not, beyond a bound), shares of words, gaps
# and frequent values that differ by more than 3 standard errors, and the AUC of nf-inspect --compare with rows that no
# training saw (0.5: cannot be told apart).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) seconds=${1:-60} flow=${2:-auto}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
echo "| table | log p of test rows | impossible cells | shares beyond 3 s.e. | AUC |"
echo "|---|---|---|---|---|"
for kind in survey events rides; do
  "$here/make.sh" $kind 20000 1 >"$work/train.csv"
  "$here/make.sh" $kind 20000 2 >"$work/test.csv"
  nf-train "$work/train.csv" --flow "$flow" --max-seconds "$seconds" -q -o "$work/m.nf"
  nf-sample "$work/m.nf" -n 20000 --seed 1 -o "$work/samples.csv"
  nf-logprob "$work/m.nf" "$work/test.csv" --summary | awk '/^mean/ { printf "| '$kind' | %.3f", $2 } /^standard_error/ { printf " ± %.3f", 2 * $2 }'
  awk -F, '
    function is_number(x) { return x ~ /^-?[0-9]+(\.[0-9]*)?(e[-+]?[0-9]+)?$/ }
    function key(x) { return is_number(x) ? x + 0 : x }
    { gsub(/"/, "") }  # an empty field may stand in quotes
    FNR == 1 { ++file; for (i = 1; i <= NF; ++i) if (file == 1) place[$i] = i; else from[i] = place[$i]; columns = NF; next }
    file == 1 {
      ++rows
      for (i = 1; i <= NF; ++i) {
        ++count[i, key($i)]
        if (!is_number($i)) { words[i] += $i != "" && $i != "NA"; continue }
        if (!(i in low) || $i < low[i]) low[i] = $i + 0
        if ($i ~ /\./) fraction[i] = 1
      }
      next
    }
    {
      ++samples
      for (i = 1; i <= NF; ++i) {
        j = from[i]
        ++sampled[j, key($i)]
        seen[j]
        if (is_number($i)) bad += (j in low && low[j] >= 0 && $i < 0) || (j in low && !fraction[j] && $i ~ /\./)
        else if ($i !~ /^[0-9]+-/) bad += !((j, $i) in count)  # a date may be another
      }
    }
    END {
      for (one in count) {
        split(one, part, SUBSEP)
        p = count[one] / rows
        if (p < 0.01 || !(part[1] in seen)) continue
        d = sampled[one] / samples - p
        ++all
        far += d * d > 9 * p * (1 - p) * (1 / rows + 1 / samples)
      }
      printf " | %d of %d | %d of %d |", bad, samples * columns, far, all
    }' "$work/train.csv" "$work/samples.csv"
  header=$(head -1 "$work/samples.csv")
  nf-inspect --compare "$work/test.csv" "$work/samples.csv" --columns "$header" --seed 1 | awk '/classifier AUC/ { print " " $3 " ± " $5 " |" }'
done
