nf-distill cond.nf -o s.nf
echo $?
nf-distill maf.nf --student maf -o s.nf
echo $?
nf-distill maf.nf --set layers=3 -o s.nf
echo $?
nf-distill maf.nf --rows 1 -o s.nf
echo $?
nf-distill maf.nf -q --rows 500 --epochs 1 -o s.nf
nf-distill s.nf -o t.nf
echo $?
nf-distill ab.csv -o s.nf
echo $?
nf-distill maf.nf --rows 500 --report - > s.nf
echo $?
