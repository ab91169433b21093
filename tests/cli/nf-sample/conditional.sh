# -n rows for each row of context; a context row's sample depends on its number only.
printf 'label\n0\n1\n' > c.csv
nf-sample cond.nf c.csv -n 3 --seed 1 --with-context > x.csv
sed 's/[^,]*,[^,]*,//' x.csv
printf '1\n' | nf-sample cond.nf -n 3 --seed 1 --skip 3 --with-context --header no > y.csv
tail -n +5 x.csv | cmp - <(tail -n +2 y.csv) && echo same
nf-sample cond.nf c.csv | wc -l
nf-sample maf.nf c.csv
echo $?
nf-sample maf.nf --with-context
echo $?
nf-sample cond.nf ab.csv
