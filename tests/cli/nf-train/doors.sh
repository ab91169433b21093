# Columns are scaled by mean and standard deviation, except where a few wild values would make all others one number.
opts="--doors none --set hidden=8 --epochs 1 -q -o m.nf"
shown() { nf-inspect m.nf --json | jq -c '[.columns[] | [.door.mean, .door.scale] | map(. * 100 | round / 100)]'; }
nf-train ab.csv $opts --valid-share 0 && shown
{ cat ab.csv; echo 1e12,0; } > x.csv && nf-train x.csv $opts --valid-share 0 && shown
[ "$(printf 'a,b\n10,0\n' | nf-logprob m.nf - | tail -1)" != "$(printf 'a,b\n13,0\n' | nf-logprob m.nf - | tail -1)" ] && echo told apart
awk -F, -v OFS=, 'NR % 20 == 5 {$1 = "-1e34"} {print}' ab.csv > x.csv && nf-train x.csv $opts --valid-share 0 && shown
# The unit of a column does not matter, down to the smallest numbers that have all their digits.
for unit in 1e-170 1e-300 1e200; do
  awk -F, -v OFS=, -v u=${unit#1} 'NR > 1 {$1 = $1 u} {print}' ab.csv > x.csv
  nf-train x.csv $opts --valid-share 0 && nf-inspect m.nf | grep scale
  nf-sample m.nf -n 1000 --seed 1 | awk -F, -v u=$unit 'NR > 1 && $1 / u > 0 && $1 / u < 30 {++n} END {print (n > 900)}'
done
awk -F, -v OFS=, 'NR > 1 {$1 = $1 "e-312"} {print}' ab.csv > x.csv && nf-train x.csv $opts
echo $?
head -3 ab.csv > x.csv && nf-train x.csv $opts
echo $?
printf 'a,b\n1,7\n2,7\n3,7\n4,7\n' > x.csv && nf-train x.csv $opts
echo $?
