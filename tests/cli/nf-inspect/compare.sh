# The toy table against another of its kind, with its columns the other way round, and against one that is shifted.
awk -F, 'NR % 2 || NR == 1' ab.csv > a.csv
awk -F, 'BEGIN { OFS = "," } NR == 1 || NR % 2 == 0 { print $2, $1 }' ab.csv > b.csv
awk -F, 'BEGIN { OFS = "," } NR == 1 || NR % 2 == 0 { print $1, $2 + (NR > 1 ? 1 : "") }' ab.csv | sed '1s/.*/a,b/' > shifted.csv
for other in b shifted; do nf-inspect --compare --json a.csv $other.csv > $other.json; done
jq -c '.rows, [.columns[].name], (.classifier | keys), .correlation.columns, .classifier.rows' b.json
jq -c '.columns[1].mean[1] - .columns[1].mean[0] > 0.9' shifted.json
jq -c '.columns[] | [.ks, .p] | map(. >= 0 and . <= 1)' b.json
jq -s -c '.[0].columns[1].p > 1000 * .[1].columns[1].p, .[0].columns[0] == .[1].columns[0]' b.json shifted.json
jq -s -c '.[0].sliced_wasserstein < .[1].sliced_wasserstein, .[0].energy_distance_squared < .[1].energy_distance_squared' b.json shifted.json
jq -c '.classifier | .auc > 0.75, .auc_error > 0, .log_loss + 3 * .log_loss_error < 0.6931' shifted.json
nf-inspect --compare a.csv b.csv > text
head -3 text | cut -c1-20
sed -E '1,3d; s/ +[-+(0-9].*//' text
for j in 1 2; do nf-inspect --compare -j $j --seed 3 a.csv b.csv | cksum; done | uniq | wc -l
nf-inspect --compare --seed 4 a.csv b.csv | cmp -s - text || echo another seed, other numbers
tail -n +2 ab.csv | nf-inspect --compare --json --max-rows 100 plain.csv - | jq -c '[.columns[] | [.name, .ks, .p]], .classifier.rows, .sliced_wasserstein'
nf-inspect --compare --columns b,a toy.csv b.csv --json | jq -c '[.columns[].name], .rows'
