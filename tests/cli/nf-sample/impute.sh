# Gaps are filled given what the row has; what it has stays.
awk 'function u() { s = s * 16807 % 2147483647; return s / 2147483647 }
  BEGIN { s = 5; print "w,a,b"; for (i = 0; i < 3000; ++i) { a = 4 * u(); print (u() < a / 4 ? "high" : "low") "," (u() < 0.2 ? "NA" : a) "," 3 * a + u() + u() - 1 } }' > x.csv
nf-train x.csv -q --doors none --door w=category --door 'a={"kind": "atoms", "at": [null], "gap": "NA", "door": "standardise"}' \
  --set order=same --set hidden=32 --epochs 30 --lr 0.01 -o m.nf
head -400 x.csv > gaps.csv
nf-sample m.nf --impute gaps.csv --seed 1 > whole.csv
paste -d, gaps.csv whole.csv | awk -F, '
  NR == 1 { next }
  $2 == "NA" { ++filled; d = $5 - $6 / 3; far += d * d > 0.25 * 0.25; gap += $5 == "NA"; next }
  { kept += $1 == $4 && $3 - $6 < 1e-3 && $6 - $3 < 1e-3 && $2 - $5 < 1e-3 && $5 - $2 < 1e-3; ++all }
  END { print (filled > 50), gap + 0, far / filled < 0.25, kept == all }'
awk -F, -v OFS=, 'NR > 1 && NR % 2 {$1 = ""} NR > 1 && NR % 3 == 0 {$3 = ""} {print}' gaps.csv | nf-sample m.nf --impute --seed 1 | awk -F, '
  NR > 1 { bad += $1 !~ /^(high|low)$/ || $2 == "NA" || $3 == "" } END { print NR - 1, bad + 0 }'
nf-sample m.nf --impute gaps.csv --seed 1 -j 2 | cmp - whole.csv && echo repeats
nf-sample maf.nf --impute ab.csv
