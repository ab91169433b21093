# The ways of rows from noise, grey, to data, blue.
#
# text; x_label, y_label
# $ways: x, y and the time, 1 at the data's end; a blank line between two
set encoding utf8
set border 3 linewidth 0.7 linecolor rgb '#404040'
set tics out nomirror scale 0.5 textcolor rgb '#202020'
set xlabel x_label
set ylabel y_label
unset key
unset colorbox
if (text) {
  plot $ways using 1:2 with dots, '' using ($3 == 1 ? $1 : NaN):2 with points pointtype 'o'
} else {
  set palette defined (0 '#c8c8c8', 0.6 '#9ab8d8', 1 '#1f5fa8')
  set cbrange [0:1]
  plot $ways using 1:2:3 with lines linewidth 0.6 linecolor palette, \
    '' using ($3 == 0 ? $1 : NaN):2 with points pointtype 7 pointsize 0.3 linecolor rgb '#707070', \
    '' using ($3 == 1 ? $1 : NaN):2 with points pointtype 7 pointsize 0.35 linecolor rgb '#1f5fa8'
}
