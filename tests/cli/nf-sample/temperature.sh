nf-sample maf.nf -n 2 --seed 1 --temperature 0 | uniq | wc -l
nf-sample nice.nf -n 2 --temperature 2
echo $?
nf-sample maf.nf -n 2 --temperature -1
