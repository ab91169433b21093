# Classes that were never seen, and contexts far outside the training rows, get a word.
(head -3 abl.csv; echo 10,0,7) > seven.csv
nf-logprob cond.nf seven.csv | wc -l
(head -3 abl.csv; echo 10,0,1e6) > far.csv
nf-logprob cond.nf far.csv | wc -l
printf 'label\n0\n5\n' | nf-sample cond.nf - --seed 1 | wc -l
