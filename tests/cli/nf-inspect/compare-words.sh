# Words are compared by how often each comes, gaps likewise; numbers as they are.
"$NF_SOURCE"/share/examples/columns/make.sh survey 600 1 > a.csv
"$NF_SOURCE"/share/examples/columns/make.sh survey 600 2 > b.csv
nf-inspect --compare a.csv b.csv --exclude id --seed 1 > report
sed '/^$/q' report | cut -c1-26 | awk '{print $1}'
awk '/classifier AUC/ {print ($3 > 0.44 && $3 < 0.56 ? "alike" : $0)}' report
awk -F, -v OFS=, 'NR > 1 && $2 == "north" {$2 = "south"} {print}' b.csv > c.csv
nf-inspect --compare a.csv c.csv --exclude id --seed 1 | awk '/classifier AUC/ {print ($3 > 0.56 ? "told apart" : $0)}'
