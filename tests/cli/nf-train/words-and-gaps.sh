# With --doors none, words and gaps are refused, and a refusal says what to do: which columns hold no numbers, and what leaving out rows would cost.
awk 'BEGIN {
  print "name,a,b c,unit,d"
  for (i = 1; i <= 40; ++i) print "n" i "," i * i % 17 "," (i % 8 ? i * i % 13 : "NA") ",kg," (i == 5 ? "?" : i * i % 11)
}' > x.csv
nf-train x.csv --doors none -o m.nf
awk -v OFS=, '{print (NR > 1 ? NR : "id"), $0}' x.csv > id.csv && nf-train id.csv --doors none -o m.nf  # a row number is not suggested
nf-train x.csv --doors none --exclude name -o m.nf
nf-train x.csv --doors none --columns a,name -o m.nf
nf-train x.csv --doors none --exclude name,unit -o m.nf
nf-train x.csv --doors none --exclude name,unit --on-bad-row skip --epochs 1 -o m.nf 2>&1 | head -1
nf-train x.csv --doors none --on-bad-row skip -o m.nf
nf-train x.csv --doors none --columns name,unit -o m.nf
nf-train - --doors none -o m.nf < x.csv
cut -d, -f2- x.csv > y.csv
nf-train ab.csv --epochs 1 --set hidden=16 -q -o m.nf
awk -F, 'NR == 4 {$2 = "NA"} {print $1 "," $2}' ab.csv > z.csv
nf-train z.csv --init m.nf -o n.nf
