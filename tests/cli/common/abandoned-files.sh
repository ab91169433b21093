# What a killed run left unfinished is removed by the next one that writes there; what is being written stays.
touch .nf-1-0.tmp .nf-2-0.tmp
flock .nf-2-0.tmp nf-sample maf.nf -n 3 -o s.csv
echo .nf-*
(ulimit -f 1; nf-sample maf.nf -n 1e5 -o s.csv)
echo "status $?, $(wc -l < s.csv) lines stay"
