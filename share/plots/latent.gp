# Quantile against quantile: of the rows' noise, against those that the flow's base has.
#
# text; wide, tall: the picture; panels; across, text_across: in a row; rows_label; name[k]
# low[k], high[k]: of both axes
# $quantiles: index k - 1: of the base, of the rows, and the band that holds 95 % of such quantiles of so many rows
down = (panels + across - 1) / across
left = 66.0; right = 14.0; top = 14.0; bottom = 58.0; gap_x = 40.0; gap_y = 44.0
side_x = (wide - left - right + gap_x) / across
side_y = (tall - top - bottom + gap_y) / down

set encoding utf8
if (text) { set multiplot layout (panels + text_across - 1) / text_across, text_across } else { set multiplot }
unset key
set border 15 linewidth 0.7 linecolor rgb '#404040'
set tics out nomirror scale 0.4 textcolor rgb '#202020'
set style fill solid noborder
do for [k = 1:panels] {
  column = (k - 1) % across; row = (k - 1) / across
  set xrange [low[k]:high[k]]
  set yrange [low[k]:high[k]]
  if (text) {
    set title name[k]
    plot x with lines, $quantiles index k - 1 using 1:2 with points pointtype 'o'
  } else {
    set lmargin at screen (left + column * side_x) / wide
    set rmargin at screen (left + (column + 1) * side_x - gap_x) / wide
    set tmargin at screen 1 - (top + row * side_y) / tall
    set bmargin at screen 1 - (top + (row + 1) * side_y - gap_y) / tall
    set label 1 name[k] at graph 0.05, 0.92
    if (k == 1) {
      set label 2 rows_label at screen 16 / wide, screen 0.5 center rotate by 90
      set label 3 'quantiles of the base' at screen 0.5, screen 14 / tall center
    } else { unset label 2; unset label 3 }
    plot $quantiles index k - 1 using 1:3:4 with filledcurves fillcolor rgb '#d0d0d0', \
      x with lines linecolor rgb '#404040' linewidth 1, \
      '' index k - 1 using 1:2 with points pointtype 7 pointsize 0.35 linecolor rgb '#1f5fa8'
  }
}
unset multiplot
