# What a table's columns would be, without training.
{
  echo 'n,die,word,gap,id,same'
  awk 'BEGIN { for (i = 1; i <= 240; ++i) { x = i * 0.618034; x -= int(x); y = i * 0.414214; y -= int(y)
    printf "%.5f,%d,%s,%s,%d,7\n", x + y - 1, 1 + i % 6, i % 3 ? "red" : "blue", i % 8 ? x : "NA", 5 * i } }'
} > t.csv
nf-inspect --columns t.csv
nf-inspect --columns t.csv --json | jq -c '.[] | [.column, .gaps, .door]'
nf-inspect --columns t.csv maf.nf
nf-inspect --columns missing.csv
