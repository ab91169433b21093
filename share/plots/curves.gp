# Training curves.
#
# text; files, name[f], best_epoch[f], best_label[f]; last; low, high: of the objective
# $curves: index f - 1: epoch, training, validation
array colour[4] = ['#1f5fa8', '#d07000', '#000000', '#909090']
set encoding utf8
set border 3 linewidth 0.7 linecolor rgb '#404040'
set tics out nomirror scale 0.5 textcolor rgb '#202020'
set logscale x
set xrange [1:last]
set yrange [low:high]
set xlabel 'epoch'
set ylabel 'objective'
set key above left horizontal Left reverse samplen 3 noautotitle maxcols 3
array mark[4] = ['v', 'w', 'x', 'y']
if (text) {
  plot for [f = 1:files] $curves index f - 1 using 1:2 with points pointtype '.' title 'training'.name[f], \
    for [f = 1:files] '' index f - 1 using 1:3 with points pointtype mark[1 + (f - 1) % 4] title 'validation'.name[f], \
    for [f = 1:files] '' index f - 1 using ($1 == best_epoch[f] ? $1 : NaN):3 with points pointtype '@' \
      title best_label[f]
} else {
  plot for [f = 1:files] $curves index f - 1 using 1:2 with lines dashtype 3 linewidth 1.5 \
      linecolor rgb colour[1 + (f - 1) % 4] title 'training'.name[f], \
    for [f = 1:files] '' index f - 1 using 1:3 with lines linewidth 2 \
      linecolor rgb colour[1 + (f - 1) % 4] title 'validation'.name[f], \
    for [f = 1:files] '' index f - 1 using ($1 == best_epoch[f] ? $1 : NaN):3 with points pointtype 7 pointsize 1.2 \
      linecolor rgb colour[1 + (f - 1) % 4] title best_label[f]
}
