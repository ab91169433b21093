for x in 1abc abc -1 1,5 nan inf 0x1; do nf-train ab.csv -o m.nf --lr "$x"; echo $?; done
[ ! -e m.nf ]
