# A column that is called as row numbers are and counts the rows is left out; by whichever number it starts.
opts="--set hidden=16 --epochs 3"
for name in '' '""' 'Unnamed: 0' rownames index ID; do
  awk -v OFS=, -v name="$name" '{print (NR > 1 ? NR + 5 : name), $0}' ab.csv > x.csv
  nf-train x.csv $opts -o m.nf 2>&1 | head -1
  cmp m.nf maf.nf && echo same
done
# Not under other names, or when it is asked for, or when it does not count.
used() { nf-train "$@" -q --epochs 1 -o m.nf && nf-inspect m.nf --json | jq -c '[.columns[].name]'; }
used x.csv --columns ID,a,b
awk -v OFS=, '{print (NR > 1 ? NR : "year"), $0}' ab.csv > y.csv && used y.csv
awk -v OFS=, '{print (NR > 1 ? 2 * NR : "id"), $0}' ab.csv > z.csv && used z.csv
awk -v OFS=, 'NR != 7 {print (NR > 1 ? NR : "id"), $0}' ab.csv > gap.csv && used gap.csv
cut -d, -f1 x.csv > alone.csv && used alone.csv
# Skipped rows are counted, and other files have the column, too.
{ cat x.csv; echo 607,x,1; echo 608,10,0.1; } > bad.csv && used bad.csv --on-bad-row skip
used x.csv bad.csv --on-bad-row skip --valid x.csv
# Columns are found by name, in whatever order, and samples have names.
awk -F, -v OFS=, '{print $1, $3, $2}' x.csv > other.csv
nf-train x.csv -q $opts -o m.nf
[ "$(nf-logprob m.nf x.csv)" = "$(nf-logprob m.nf other.csv)" ] && echo same
nf-sample m.nf -n 1 | head -1
