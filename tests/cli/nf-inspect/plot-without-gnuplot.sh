# Where there is no gnuplot, one line says what to install, before anything is read.
tools=$(dirname "$(command -v nf-inspect)")
for what in "--plot x.png" "--plot -" "--report x.html"; do PATH=$tools nf-inspect $what maf.nf ab.csv; echo $?; done
PATH=$tools nf-inspect --plot x.png no-such.nf; echo $?
ls | grep '^x' || echo clean
