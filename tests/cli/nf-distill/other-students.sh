nf-distill maf.nf -q --rows 500 --epochs 1 --student realnvp --set hidden=8 -o s.nf && nf-inspect s.nf | grep -c coupling
nf-distill cond.nf abl.csv -q --epochs 1 -o s.nf && nf-sample s.nf abl.csv | wc -l
nf-distill maf.nf -q --rows 500 --epochs 1 -o s.nf && nf-distill maf.nf -q --rows 500 --epochs 1 --init s.nf -o s2.nf && echo on
