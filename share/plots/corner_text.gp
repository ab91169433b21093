# The columns of corner.gp, one below the other: data as bars, samples as circles.
set encoding utf8
set border 3
set tics out nomirror
unset ytics
set key above horizontal samplen 1
do for [k = 1:columns] {
  set title name[k].'  '.note[k]
  set xrange [low[k]:low[k] + bins[k] * width[k]]
  set yrange [0:*]
  set offsets 0, 0, graph 0.1, 0
  set xtics ()
  do for [t = tick_first[k]:tick_first[k + 1] - 1] { set xtics add (tick_label[t] tick_at[t]) }
  plot $bars index k - 1 using ($1 + 0.5 * width[k]):(has_data ? $2 : NaN) with impulses \
      title (k == 1 && has_data ? data_label : ''), \
    '' index k - 1 using ($1 + 0.5 * width[k]):($3 > 0 ? $3 : NaN) with points pointtype 'o' \
      title (k == 1 ? samples_label : '')
}
