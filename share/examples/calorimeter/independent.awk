# independent.awk: the baseline of independent cells: each with its own distribution, but from a shower of its own. Rows
# are independent, so delaying column f by f - 1 rows shuffles enough.
BEGIN { FS = "," }
NR == 1 { print; next }
{
  for (f = 2; f <= NF; ++f) value[f, NR % NF] = $f
  if (NR <= NF + 1) next
  line = $1
  for (f = 2; f <= NF; ++f) line = line "," value[f, (NR - f + 1) % NF]
  print line
}
