# The log-densities of rows and of samples, and the one below which the rarest of the samples lie.
#
# text; has_data; data_label, samples_label, x_label; low, width, bins: of the histogram; threshold
# threshold_label, below_label: what is said beside it
# $bars: left edge, share of data, share of samples; the right end
set encoding utf8
set border 3 linewidth 0.7 linecolor rgb '#404040'
set tics out nomirror scale 0.5 textcolor rgb '#202020'
set style fill solid noborder
set xrange [low:low + bins * width]
set yrange [0:*]
set offsets 0, 0, graph 0.3, 0
set xlabel x_label
set ylabel 'share of rows'
set key above left horizontal Left reverse samplen 2.5
set arrow 1 from threshold, graph 0 to threshold, graph 1 nohead linewidth 1.5 dashtype 2 linecolor rgb 'black'
at_right = threshold > low + 0.4 * bins * width
edge = text ? '  ' : ''
set label 1 edge.threshold_label.edge at threshold, graph 0.96 offset (at_right ? -1.5 : 1.5), 0 right
if (!at_right) { set label 1 left }
set label 2 edge.below_label.edge at threshold, graph 0.89 offset (at_right ? -1.5 : 1.5), 0 right
if (!at_right) { set label 2 left }
if (text) {
  plot $bars using ($1 + 0.5 * width):(has_data ? $2 : NaN) with impulses title (has_data ? data_label : ''), \
    '' using ($1 + 0.5 * width):($3 > 0 ? $3 : NaN) with points pointtype 'o' title samples_label
} else {
  plot $bars using ($1 + 0.5 * width):(has_data ? $2 : NaN):(width) with boxes fillcolor rgb '#a8a8a8' \
      title (has_data ? data_label : ''), \
    '' using 1:3 with steps linecolor rgb '#1f5fa8' linewidth 2 title samples_label
}
