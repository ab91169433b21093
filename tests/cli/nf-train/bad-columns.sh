nf-train ab.csv --columns a,c -o m.nf
echo $?
nf-train ab.csv --columns a,b --context b -o m.nf
echo $?
nf-train ab.csv --columns a,,b -o m.nf
echo $?
nf-train plain.csv --columns 1,3 -o m.nf
echo $?
nf-train ab.csv --context a,b -o m.nf
echo $?
sed 's/0\.[0-9]*$/-1/' toy.csv > negative.csv
nf-train negative.csv --columns a,b --weights w -o m.nf
