# Tables and models that the cases find in their directory.
awk 'BEGIN {
  srand(1); print "id,a,b,label,w"
  for (i = 1; i <= 600; ++i) {
    u = rand() + rand() + rand() - 1.5; v = rand() - rand(); l = i % 2
    printf "row %d,%.4f,%.4f,%d,%.2f\n", i, 10 + 2 * u + 3 * l, u * u + v, l, 0.5 + rand()
  }
}' > toy.csv
cut -d, -f2-4 toy.csv > abl.csv
cut -d, -f2,3 toy.csv > ab.csv
tail -n +2 ab.csv > plain.csv
train="nf-train -q --set hidden=16 --epochs 3"
$train ab.csv -o maf.nf
$train abl.csv --context label -o cond.nf
$train ab.csv --flow nice -o nice.nf
$train plain.csv -o nameless.nf
