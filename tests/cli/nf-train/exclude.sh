# What is left out need not hold numbers, and may be a name that stands twice.
opts="-q --set hidden=16 --epochs 3"
nf-train toy.csv $opts --exclude id,label,w -o m.nf && cmp m.nf maf.nf && echo same
awk -F, -v OFS=, '{print $1, (NR > 1 ? NR : "t"), $2, (NR > 1 ? "-" : "t")}' ab.csv > x.csv
nf-train x.csv $opts --exclude t -o m.nf && cmp m.nf maf.nf && echo same
awk -F, -v OFS=, '{print $1, NR, $2}' plain.csv | nf-train $opts --exclude 2 -o m.nf && cmp m.nf nameless.nf && echo same
nf-train ab.csv --exclude c -o m.nf
echo $?
nf-train ab.csv --exclude a,b -o m.nf
echo $?
nf-train ab.csv --exclude b --context b -o m.nf
echo $?
nf-train ab.csv --exclude b --columns a -o m.nf
echo $?
nf-inspect --compare ab.csv abl.csv --exclude c
echo $?
nf-inspect --compare ab.csv abl.csv --exclude label --max-rows 100 --json | jq -c '[.columns[].name]'
