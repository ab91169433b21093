# 1e3 is a count, in every spelling of an option; abc, 1,5 and 1.5 are none.
for n in '-n 1e3' '-n1e3' '--num=1e3' '--num 1000'; do nf-sample maf.nf $n --seed 1 | wc -l; done
for n in abc 1,5 1.5 -1 '' 1e30; do nf-sample maf.nf -n "$n"; echo $?; done
