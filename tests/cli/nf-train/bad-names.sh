# A model finds its columns by name and keeps the names as text.
sed '1s/.*/a,a/' ab.csv > x.csv && nf-train x.csv -o m.nf
echo $?
printf 'a,\377\n' > y.csv && tail -n +2 ab.csv >> y.csv && nf-train y.csv -o m.nf
echo $?
sed '1s/.*/"a, 1","b""q"/' ab.csv > z.csv && nf-train z.csv -q --set hidden=16 --epochs 3 -o m.nf && nf-sample m.nf | head -1
nf-train z.csv -q --columns '"a, 1"' --epochs 1 -o m.nf && nf-sample m.nf | head -1
