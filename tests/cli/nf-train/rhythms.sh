# Times have days and hours, prices their last digits, decimals are as many as the table has.
awk -v OFS=, 'function u() { s = s * 16807 % 2147483647; return s / 2147483647 } BEGIN { s = 7; print "at,price,left,width"
  for (i = 0; i < 3000; ++i) {
    hour = u() < 0.7 ? 8 + int(3 * u()) : int(24 * u())
    price = int(40 * exp(u() + u())) + (u() < 0.8 ? 0.99 : int(100 * u()) / 100)
    printf "2024-%02d-%02d %02d:%02d,%.2f,%s,%.3f\n", 1 + int(6 * u()), 1 + int(28 * u()), hour, int(60 * u()), price,
      (u() < 0.3 ? "" : sprintf("%.2f", int(90 * u()) + 0.5 * int(2 * u()) + 0.05)), 3 + u() + u() + u()
  } }' > x.csv
nf-train x.csv --flow nsf --set hidden=16 --epochs 20 --batch 64 -o m.nf 2>&1 | grep column
nf-sample m.nf -n 3000 --seed 1 > s.csv
echo "# the share of prices in 9, of mornings, of gaps; decimals"
for file in x.csv s.csv; do
  awk -F, 'NR > 1 { ++n; nines += $2 ~ /9$/; hour = substr($1, 12, 2) + 0; mornings += hour >= 8 && hour < 11; gaps += $3 == ""
    more += $4 !~ /^[0-9]\.?[0-9]?[0-9]?[0-9]?$/; other += $1 !~ /^2024-0[1-6]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]$/
    fives += $3 ~ /5$/ }
    END { print (nines / n > 0.77 && nines / n < 0.87), (mornings / n > 0.65 && mornings / n < 0.82),
      (gaps / n > 0.26 && gaps / n < 0.34), fives + gaps == n, more + 0, other + 0 }' $file
done
nf-logprob m.nf s.csv --summary | awk '/^log_prob|^bad_rows/'
nf-logprob m.nf s.csv | awk 'NR > 1 && !($1 > -100) {++strange} END {print strange + 0}'
