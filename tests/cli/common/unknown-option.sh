nf-train --epoch 3 ab.csv -o m.nf
echo $?
nf-sample maf.nf --tempreature 3
echo $?
nf-logprob maf.nf -x
