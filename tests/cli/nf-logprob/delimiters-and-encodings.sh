# Rows are found as a model's training found them, and records are passed on as they were.
nf-logprob maf.nf ab.csv > expected
same() { nf-logprob maf.nf "$@" | cmp -s - expected && echo "${1:-stdin}: the same"; }
tr , ';' < ab.csv > semicolons.csv
tr ',.' ';,' < ab.csv > decimal-commas.csv
sed '1s/^/# /' ab.csv > numpy.csv
iconv -f UTF-8 -t UTF-16 ab.csv > utf16.csv
gzip -c < ab.csv > a.csv.gz
for file in semicolons.csv numpy.csv utf16.csv a.csv.gz; do same $file; done
gzip -c < ab.csv | same
for file in semicolons.csv decimal-commas.csv numpy.csv; do
  nf-logprob maf.nf $file --append | head -2 | sed -E '2s/[0-9]*$/.../'
done
scores() { tail -n +2 | tr ';,' ',.' | cut -d, -f3 | cmp -s - <(tail -n +2 expected) && echo "the same"; }
nf-logprob maf.nf decimal-commas.csv --append | scores
cat decimal-commas.csv | nf-logprob maf.nf --append | scores
tail -n +2 decimal-commas.csv | nf-logprob maf.nf --append | sed 1i- | scores
