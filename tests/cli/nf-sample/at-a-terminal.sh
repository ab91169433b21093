# Who forgot the contexts is told instead of waited for; binary bytes stay away from the screen.
terminal() { script -qec "$1" /dev/null | tr -d '\r'; }
terminal 'nf-sample cond.nf'
terminal 'nf-sample maf.nf -n 2 --to npy'
