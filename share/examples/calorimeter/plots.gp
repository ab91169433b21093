# gnuplot -e "folder='...'" plots.gp: histograms of FOLDER/{simulation,teacher,student}.shapes.csv to FOLDER/shapes.png
set terminal pngcairo size 1200,1150 font "sans,10"
set output folder."/shapes.png"
set datafile separator ","
set datafile columnheaders
set multiplot layout 4,3
unset ytics
set yrange [0:*]
set offsets 0, 0, graph 0.08, 0
array name[3] = ["simulation", "teacher", "student"]
array colour[3] = ["#bbbbbb", "#1f77b4", "#d62728"]

# Of the column `what`, in `count` bins, the first around `low`, the last around `high`.
count = 51
histogram = '\
  half = (high - low) / 2.0 / (count - 1); \
  plot [low - half:high + half] for [i=1:3] folder."/".name[i].".shapes.csv" \
    using (column(what)) bins=count binrange [low:high] with histeps \
    linewidth (i == 1 ? 4 : 1.5) linecolor rgb colour[i] title name[i]'
what = "response"; low = 0.3; high = 1.3; set title "total response, E_{dep} / E_{inc}"
set key top left; eval(histogram)
set key off
what = "depth"; low = 2; high = 18; set title "energy-weighted depth, X_0"; eval(histogram)
what = "width1"; low = 0; high = 1.5; set title "lateral width, layer 1, R_M"; eval(histogram)
do for [l=0:2] {
  what = sprintf("energy%d", l); low = 0; high = 5
  set title sprintf("log_{10}(1 + energy / MeV), layer %d", l); eval(histogram)
}
# A bin for each possible number of empty cells.
array cells[3] = [24, 36, 16]
do for [l=0:2] {
  what = sprintf("empty%d", l); low = 0; high = 1; count = cells[l + 1] + 1
  set title sprintf("share of empty cells, layer %d", l); eval(histogram)
}
count = 51
what = "x1"; low = -1.2; high = 1.2; set title "centre x, layer 1, R_M"; eval(histogram)
what = "width0"; low = 0; high = 1.5; set title "lateral width, layer 0, R_M"; eval(histogram)
what = "width2"; low = 0; high = 1.8; set title "lateral width, layer 2, R_M"; eval(histogram)
unset multiplot
