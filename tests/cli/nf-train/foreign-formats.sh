# What is not read is named, with what converts it; also where it comes from a pipe.
zeros='\0\0\0\0\0\0\0\0\0\0\0\0'
printf "PAR1\025$zeros" > x.parquet
printf "\211HDF\r\n\032\n$zeros" > x.h5
printf "root\0$zeros" > x.root
printf "PK\003\004\024$zeros" > x.npz
cp x.npz x.zip; cp x.npz x.xlsx
printf "ARROW1\0$zeros" > x.feather
printf "BZh91AY&SY\001\002$zeros" > x.csv.bz2
printf "\3757zXZ\0$zeros" > x.csv.xz
for file in x.*; do nf-train $file -o m.nf; done
nf-logprob maf.nf < x.parquet
# A name may begin so.
sed '1s/a,b/PAR1,BZh/' ab.csv > named.csv
nf-train named.csv -q --epochs 1 --set hidden=8 -o m.nf && nf-sample m.nf -n 1 --seed 1 | head -1
for ending in parquet h5 npz csv.gz xlsx; do nf-logprob maf.nf ab.csv -o y.$ending; nf-sample maf.nf -n 3 -o y.$ending --to csv && cat y.$ending | wc -l; done
