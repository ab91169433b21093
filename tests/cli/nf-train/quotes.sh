# After a closing quote stands a delimiter or a line end; else the line where it opened is named, and no row is lost.
(cat ab.csv; echo '"1"2,3'; tail -n +2 ab.csv | head -3) > stray.csv
nf-train stray.csv -o m.nf
nf-logprob maf.nf stray.csv --on-bad-row skip | wc -l
(head -3 ab.csv; echo '"1,2'; tail -n +4 ab.csv) > open.csv
nf-train open.csv -o m.nf
(echo '"a","b"'; tail -n +2 ab.csv | sed 's/[^,]*/"&"/g') > quoted.csv
nf-logprob maf.nf quoted.csv | cmp - <(nf-logprob maf.nf ab.csv) && echo same
