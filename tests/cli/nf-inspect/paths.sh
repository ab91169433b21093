# The ways of rows through a continuous flow, in each format; of one column by time.
command -v gnuplot > /dev/null || { echo "needs gnuplot (gnuplot-nox)"; exit 77; }
nf-train ab.csv --flow cnf --set hidden=8 --steps 20 -q -o cnf.nf
nf-train abl.csv --context label --flow cnf --set hidden=8 --steps 20 -q -o cond-cnf.nf
for format in png svg pdf; do nf-inspect --plot x.$format --of paths cnf.nf ab.csv || echo "exit $?"; done
head -c 4 x.png | tail -c 3; echo; grep -c '</svg>' x.svg; head -c 4 x.pdf; echo
nf-inspect --plot - --of paths cnf.nf | grep -o -w -E 'a|b' | sort -u
nf-inspect --plot - --of paths --columns b cnf.nf | grep -o 't, from noise to data'
nf-inspect --plot - --of paths cond-cnf.nf abl.csv | grep -c o | grep -q '^0$' || echo drawn
nf-inspect --plot - --of paths --columns a,b,a cnf.nf
nf-inspect --plot - --of paths --columns label cond-cnf.nf abl.csv
nf-inspect --plot - --of paths maf.nf
nf-inspect --plot - --of paths cond-cnf.nf
