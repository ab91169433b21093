# Named columns, or numbered ones, of one file or of its pieces.
opts="-q --set hidden=16 --epochs 3"
nf-train toy.csv $opts --columns a,b -o m.nf && cmp m.nf maf.nf && echo same
nf-train abl.csv $opts --context label -o m.nf && cmp m.nf cond.nf && echo same
{ head -301 ab.csv; } > 1.csv; { head -1 ab.csv; tail -n +302 ab.csv; } > 2.csv
nf-train 1.csv 2.csv $opts -o m.nf && cmp m.nf maf.nf && echo same
cat ab.csv | nf-train $opts > m.nf && cmp m.nf maf.nf && echo same
nf-train plain.csv $opts --columns 1,2 -o m.nf && cmp m.nf nameless.nf && echo same
