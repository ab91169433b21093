nf-inspect --compare ab.csv
echo $?
nf-inspect --compare ab.csv abl.csv
echo $?
nf-inspect --compare toy.csv ab.csv
echo $?
nf-inspect --compare abl.csv plain.csv
echo $?
nf-inspect --compare --columns a,x ab.csv abl.csv
echo $?
nf-inspect --compare --columns a plain.csv plain.csv
echo $?
nf-inspect --compare - -
echo $?
nf-inspect --compare --check ab.csv ab.csv
echo $?
nf-inspect --compare --on-bad-row nan ab.csv ab.csv
echo $?
head -8 ab.csv > few.csv
nf-inspect --compare ab.csv few.csv
echo $?
sed '5s/.*/1/' ab.csv > bad.csv
nf-inspect --compare ab.csv bad.csv
echo $?
nf-inspect --compare --on-bad-row skip ab.csv bad.csv > /dev/null
echo $?
nf-inspect --seed 1 maf.nf > /dev/null
