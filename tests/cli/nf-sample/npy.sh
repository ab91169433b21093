# The number of rows stands in the header, whether known beforehand or not.
nf-sample maf.nf -n 300 --seed 1 -o a.npy && head -c 128 a.npy | tail -c 118 | sed 's/ *$//'
nf-sample maf.nf -n 300 --seed 1 --to npy | cmp - a.npy && echo same
nf-sample maf.nf -n 300 --seed 1 | nf-logprob maf.nf --to npy | head -c 128 | tail -c 118 | sed 's/ *$//'
nf-sample nameless.nf -n 1 --seed 1 | wc -l
