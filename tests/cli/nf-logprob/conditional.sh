nf-logprob cond.nf abl.csv > a
awk -F, '{print $3 "," $1 "," $2}' abl.csv | nf-logprob cond.nf > b
cmp a b && echo same
nf-logprob cond.nf ab.csv
