# Samples given a label have the marginals of the rows with that label: means of two columns to within a fifth of their
# spread, and the labels' means differ by more than that. On the MAGIC gamma telescope's table where it is at hand
# (label 1: gamma, 0: hadron), else on the toy table.
shared=$NF_SOURCE/../shared/data
if [ -e "$shared/magic_gamma_train.csv" ]; then
  paste -d, "$shared/magic_gamma_train.csv" "$shared/magic_gamma_train_label.csv" | tr -d '\r' > rows.csv
  column=fAlpha
else
  cp abl.csv rows.csv
  column=a
fi
nf-train -q rows.csv --context label --steps 1500 -o m.nf
# mean and standard deviation of a column of the rows with a label (any, if the table has none)
moments() {
  awk -F, -v name="$1" -v label="$2" '
    NR == 1 { for (i = 1; i <= NF; ++i) { if ($i == name) c = i; if ($i == "label") l = i }; next }
    !l || $l + 0 == label { n++; s += $c; q += $c * $c }
    END { print s / n, sqrt(q / n - (s / n) ^ 2) }'
}
for label in 0 1; do
  { echo label; echo $label; } > c.csv
  echo "$(nf-sample m.nf c.csv -n 20000 --seed 1 | moments $column $label) $(moments $column $label < rows.csv)"
done | awk '
  { sampled[NR] = $1; if (($1 - $3) ^ 2 > (0.2 * $4) ^ 2) print "label " NR - 1 ": mean " $1 ", of the data " $3; spread = $4 }
  { if (($2 / $4 - 1) ^ 2 > 0.04) print "label " NR - 1 ": spread " $2 ", of the data " $4 }
  END { if ((sampled[1] - sampled[2]) ^ 2 < (0.4 * spread) ^ 2) print "the labels do not differ"; print "checked" }'
