# What cannot be drawn is said in one line, and no file is left.
command -v gnuplot > /dev/null || { echo "needs gnuplot (gnuplot-nox)"; exit 77; }
run() { nf-inspect "$@"; echo "exit $?"; }
run --plot x.gif maf.nf
run --plot x maf.nf
run --plot no/such/x.png maf.nf ab.csv
run --plot x.png
run --plot x.png no-such.nf
run --plot x.png maf.nf no-such.csv
cut -d, -f1 ab.csv > a.csv
run --plot x.png maf.nf a.csv
run --report x.html maf.nf a.csv
run --plot x.png cond.nf
run --plot x.png --columns a,c maf.nf ab.csv
run --plot x.png --of pie maf.nf ab.csv
run --plot x.png --check maf.nf
run --plot maf.nf maf.nf
cp ab.csv same.txt && run --plot same.txt maf.nf same.txt
run --plot x.png --curves ab.csv
run --plot x.png --curves no-such.log
run --plot x.png --curves x.log maf.nf
: > empty.log; run --plot x.png --curves empty.log
run --plot x.png --json maf.nf
# gnuplot's own errors come as one line.
mkdir bin && cat > bin/gnuplot << 'END'
#!/bin/sh
[ "$1" = --version ] && echo gnuplot && exit
echo "         line 7: out of ideas" >&2
exit 1
END
chmod +x bin/gnuplot && PATH=$PWD/bin:$PATH run --plot x.png maf.nf
ls -A | grep -E '^x|tmp' || echo clean
