# CRLF, a byte order mark and a missing last line end change nothing.
nf-logprob maf.nf ab.csv > a
sed 's/$/\r/' ab.csv | nf-logprob maf.nf > b
printf '%s' "$(cat ab.csv)" | nf-logprob maf.nf > c
{ printf '\357\273\277'; cat ab.csv; } | nf-logprob maf.nf > d
cmp a b && cmp a c && cmp a d && echo same
