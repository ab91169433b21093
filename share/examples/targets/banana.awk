# A bent normal for nf-train --target-cmd: x normal with spread 2, y normal around (x^2 - 4) / 2.
# usage: mawk -W interactive -f banana.awk, or gawk -f banana.awk
BEGIN { FS = "[][,]" }  # [x,y]: the fields are "", x, y, ""
{
  x = $2; y = $3; u = y - (x * x - 4) / 2
  printf "[%.17g,%.17g,%.17g]\n", -(x * x / 4 + u * u) / 2, u * x - x / 4, -u
  fflush()
}
