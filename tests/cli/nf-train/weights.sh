# Equal weights are no weights; rows of weight 0 do not matter for the doors.
opts="-q --set hidden=16 --epochs 3"
awk -F, -v OFS=, '{print $0, (NR > 1 ? 1 : "w")}' ab.csv > w.csv
nf-train w.csv --weights w $opts -o m.nf && cmp m.nf maf.nf && echo same
awk -F, -v OFS=, '{print $0, (NR > 1 ? NR % 2 : "w")} NR % 2 == 0 {print 1000, 1000, 0}' ab.csv > w.csv
nf-train w.csv --weights w $opts -o m.nf && nf-inspect m.nf | awk '$3 == "mean" && $4 > 20'
awk -F, -v OFS=, '{print $0, (NR > 1 ? 0 : "w")}' ab.csv > w.csv
nf-train w.csv --weights w $opts -o m.nf
