: > empty.csv
printf 'a,b\n' > header.csv
printf 'a,b\n1,2\n3\n4,5\n' > ragged.csv
printf 'a,b\n1,2\n3,x\n' > text.csv
printf 'a,b\n1,2\nnan,3\n' > nan.csv
printf 'a,b\n1,7\n2,7\n3,7\n4,7\n' > constant.csv
printf 'a,b\n1,7\n' > one.csv
printf 'c,d\n1,7\n' > other.csv
for files in empty.csv header.csv ragged.csv text.csv nan.csv constant.csv one.csv 'ab.csv other.csv' 'ab.csv plain.csv' nowhere.csv toy.csv; do
  nf-train $files --doors none -o m.nf
  echo $?
done
[ ! -e m.nf ]
