printf 'a,b\n1,2\n3\n' > ragged.csv
printf 'a,b\n1,2\n3,4,5\n' > wide.csv
printf 'a,b\n1,2\n3,x\n' > text.csv
printf 'a,b\n1,2\nnan,3\n' > nan.csv
printf 'a,b\n1,2\n,3\n' > missing.csv
printf 'a,b\n1,2\n1e999,3\n' > infinite.csv
printf 'a,c\n1,2\n' > column.csv
printf 'a,b,a\n1,2,3\n' > twice.csv
: > empty.csv
printf '{"a":1,"b":2}\n{"a":1}\n' > key.ndjson
printf '1\n2\n' > narrow.csv
for file in ragged.csv wide.csv text.csv nan.csv missing.csv infinite.csv column.csv twice.csv empty.csv key.ndjson narrow.csv none.csv; do
  nf-logprob maf.nf $file -o out
  echo $?
done
[ ! -e out ]
