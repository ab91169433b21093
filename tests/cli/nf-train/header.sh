# What line 1 holds is found from it and the lines below it.
look() { nf-train "$@" -v --epochs 1 --set hidden=8 -o m.nf 2>&1 | sed -n '/line [0-9]/p'; nf-inspect m.nf --list 2>/dev/null | head -0; }
rows() { awk -v head="$1" 'BEGIN {srand(3); if (head) print head; for (i = 1; i <= 60; ++i) print rand() "," 2 * rand() "," rand()}'; }
rows > none.csv; look none.csv
rows a,b,c > names.csv; look names.csv
rows 0,1,2 > numbers.csv; look numbers.csv; look numbers.csv --header no
rows 2001,2002,2003 > years.csv; look years.csv
(echo 0.1,,0.2; rows) > gap.csv; look gap.csv --on-bad-row skip
(echo '0.1,?,0.2'; rows) > mark.csv; look mark.csv --on-bad-row skip
(echo 0.1,high,0.2; rows) > word.csv; look word.csv --on-bad-row skip; look word.csv --header yes
# A shard without names may begin with a gap, too.
rows | tail -n +2 > second.csv
(echo ',0.5,0.5'; rows) > first.csv
look first.csv second.csv --on-bad-row skip
rows > x.csv
nf-train x.csv --epochs 1 --set hidden=8 -q -o nameless.nf
nf-logprob nameless.nf first.csv --on-bad-row skip | wc -l
# A table with a model's names in line 1 has them; else it is a row.
sed 1d ab.csv > y.csv
nf-logprob maf.nf y.csv -v 2>&1 >out | grep line; wc -l < out
