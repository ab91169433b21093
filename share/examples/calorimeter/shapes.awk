# shapes.awk: a shower's shape in a few numbers, CSV of cells in, CSV out, as calorimeter.h has the layers:
# response (sum of cells / incident energy), depth (energy-weighted, radiation lengths), and for each layer l its
# log10 energy (MeV, +1), centre x and y and lateral width (Moliere radii), and the share of empty cells.
BEGIN {
  FS = OFS = ","
  split("3 6 4", rows, " "); split("8 6 4", columns, " "); split("2.5 10 20", depth, " ")
}
NR == 1 {
  printf "energy,response,depth"
  for (l = 0; l < 3; ++l) printf ",energy%d,x%d,y%d,width%d,empty%d", l, l, l, l, l
  print ""
  next
}
{
  field = 1; all = deep = 0; layers = ""
  for (l = 1; l <= 3; ++l) {
    sum = sx = sy = sxx = syy = empty = 0
    for (i = 0; i < rows[l]; ++i)
      for (j = 0; j < columns[l]; ++j) {
        e = $(++field)
        if (e == 0) { ++empty; continue }
        x = 4 * (j + 0.5) / columns[l] - 2; y = 4 * (i + 0.5) / rows[l] - 2
        sum += e; sx += e * x; sy += e * y; sxx += e * x * x; syy += e * y * y
      }
    n = sum > 0 ? sum : 1
    variance = (sxx + syy) / n - (sx * sx + sy * sy) / (n * n)
    layers = layers sprintf(",%.5g,%.5g,%.5g,%.5g,%.4f", log(1 + sum) / log(10), sx / n, sy / n,
                            sqrt(variance > 0 ? variance : 0), empty / (rows[l] * columns[l]))
    all += sum; deep += sum * depth[l]
  }
  print $1, sprintf("%.5g,%.5g", all / (1000 * $1), deep / (all > 0 ? all : 1)) layers
}
