# Columns, and pairs of them: data in grey and below the diagonal, samples of the model in blue and above it.
#
# wide, tall: the picture; columns; has_data; data_label, samples_label
# name[k], note[k]; low[k], width[k], bins[k]: of a column's histogram; slanted[k]: its labels are
# tick_at[], tick_label[]: of column k those from tick_first[k] on, to tick_first[k + 1] - 1
# $bars: index k - 1: left edge, share of data, share of samples; the right end
# $data, $samples: a matrix a pair, (2, 1), (3, 1), (3, 2), ...: shares of all rows; a line is a bin of the first column
# peak[]: the largest share of either, a pair
grey = '#a8a8a8'; blue = '#1f5fa8'
long = 4
slant = 0
do for [k = 1:columns] { do for [t = tick_first[k]:tick_first[k + 1] - 1] {
  if (strlen(tick_label[t]) > long) { long = strlen(tick_label[t]) }
  if (slanted[k]) { slant = 1 }
} }
left = 42 + 7.5 * long; right = 14.0; top = 44.0; bottom = slant ? 44 + 5.0 * long : 56.0; gap = 7.0
side_x = (wide - left - right) / columns
side_y = (tall - top - bottom) / columns
high(k) = low[k] + bins[k] * width[k]
middle(k, b) = low[k] + (b + 0.5) * width[k]
pair(i, j) = (i - 1) * (i - 2) / 2 + j - 1

set encoding utf8
set multiplot
set style fill solid noborder
unset key
unset colorbox
unset border
unset tics

set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0; set tmargin at screen 1
set xrange [0:wide]; set yrange [0:tall]
y = tall - 22; x = left
if (has_data) {
  set object 1 rectangle from x, y - 6 to x + 26, y + 6 fillcolor rgb grey fillstyle solid noborder
  set label 1 data_label at x + 32, y
  x = left + 32 + 9 * strlen(data_label)
}
set arrow 1 from x, y to x + 26, y nohead linecolor rgb blue linewidth 2
set label 2 samples_label at x + 32, y
do for [k = 1:columns] {
  set label 2 + 2 * k name[k] at left + (k - 0.5) * side_x - gap / 2, 12 center
  set label 3 + 2 * k name[k] at 12, tall - top - (k - 0.5) * side_y - gap / 2 center rotate by 90
}
plot -1
unset object; unset label; unset arrow

set border 15 linewidth 0.7 linecolor rgb '#404040'
set tics out nomirror scale 0.4 textcolor rgb '#202020'
do for [i = 1:columns] { do for [j = 1:columns] {
  if (i < j && !has_data) { continue }
  set lmargin at screen (left + (j - 1) * side_x) / wide
  set rmargin at screen (left + j * side_x - gap) / wide
  set tmargin at screen 1 - (top + (i - 1) * side_y) / tall
  set bmargin at screen 1 - (top + i * side_y - gap) / tall
  set xrange [low[j]:high(j)]
  set xtics ()
  set ytics ()
  do for [t = tick_first[j]:tick_first[j + 1] - 1] { set xtics add ((i == columns ? tick_label[t] : '') tick_at[t]) }
  if (slanted[j]) { set xtics rotate by 35 right offset 0.5, 0 } else { set xtics norotate offset 0, 0.2 }
  if (i == j) {
    unset ytics
    set yrange [0:*]
    set offsets 0, 0, graph (strlen(note[j]) > 0 ? 0.2 : 0.1), 0
    set label 1 note[j] at graph 0.98, 0.93 right font ',9'
    plot $bars index j - 1 using ($1 + 0.5 * width[j]):(has_data ? $2 : NaN):(width[j]) with boxes fillcolor rgb grey, \
      '' index j - 1 using 1:3 with steps linecolor rgb blue linewidth 1.6
    unset label 1
    set offsets
  } else {
    set yrange [low[i]:high(i)]
    do for [t = tick_first[i]:tick_first[i + 1] - 1] { set ytics add ((j == 1 ? tick_label[t] : '') tick_at[t]) }
    set cbrange [0:sqrt(peak[1 + (i > j ? pair(i, j) : pair(j, i))])]
    if (i > j && has_data) {
      set palette defined (0 '#ffffff', 0.05 '#dcdcdc', 1 '#141414')
      plot $data index pair(i, j) matrix using (middle(j, $1)):(middle(i, $2)):(sqrt($3)) with image
    } else {
      set palette defined (0 '#ffffff', 0.05 '#cfe0f2', 1 '#08305f')
      if (i > j) {
        plot $samples index pair(i, j) matrix using (middle(j, $1)):(middle(i, $2)):(sqrt($3)) with image
      } else {
        plot $samples index pair(j, i) matrix using (middle(j, $2)):(middle(i, $1)):(sqrt($3)) with image
      }
    }
  }
} }
unset multiplot
