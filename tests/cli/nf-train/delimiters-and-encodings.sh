# However the rows are written, the model is the same.
model() { nf-train "$@" --epochs 1 --set hidden=8 --seed 1 -q -o "$1.nf" && nf-sample "$1.nf" -n 3 --seed 1; }
model ab.csv > expected
same() { model "$@" | cmp -s - expected && echo "$1: the same"; }
tr , ';' < ab.csv > semicolons.csv
tr ',.' ';,' < ab.csv > decimal-commas.csv
tr , '|' < ab.csv > bars.csv
sed 's/,/  /; s/^/ /' ab.csv > blanks.txt
tr , '\t' < ab.csv > tabs.tsv
tr , '\t' < ab.csv > tabs.txt
tr '\n' '\r' < ab.csv > cr.csv
sed 's/$/\r/' ab.csv > crlf.csv
sed '1i # made by an instrument' ab.csv > comment.csv
sed '1s/^/# /' ab.csv > numpy.csv
iconv -f UTF-8 -t UTF-16 ab.csv > utf16.csv
(printf '\376\377' && iconv -f UTF-8 -t UTF-16BE ab.csv) > utf16be.csv
(printf '\357\273\277' && cat ab.csv) > mark.csv
gzip -c < ab.csv > a.csv.gz
(head -9 ab.csv | gzip && tail -n +10 ab.csv | gzip) > members.csv.gz
nf-logprob maf.nf ab.csv --append --to ndjson | gzip > a.ndjson.gz
for file in semicolons.csv decimal-commas.csv bars.csv blanks.txt tabs.tsv tabs.txt cr.csv crlf.csv comment.csv numpy.csv \
  utf16.csv utf16be.csv mark.csv a.csv.gz members.csv.gz; do same $file; done
same a.ndjson.gz --columns a,b
# What was said is not guessed; what cannot be read is named.
same bars.csv --delimiter '|'
tr ',.' ' ,' < ab.csv > words.txt
same words.txt --delimiter blank --decimal ,
nf-train ab.csv --delimiter tab -o m.nf
nf-train ab.csv --delimiter '::' -o m.nf
nf-train ab.csv --decimal x -o m.nf
head -c 900 a.csv.gz > cut.csv.gz
nf-train cut.csv.gz -o m.nf
