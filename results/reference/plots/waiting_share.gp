# Made by `turnaround plot`. To draw it again, in this folder:
#     gnuplot waiting_share.gp
#     gnuplot -e "format='png'" waiting_share.gp     (or pdf)
if (!exists('format')) format = 'svg'
if (format eq 'svg') set terminal svg noenhanced size 960,600 font 'Helvetica,Arial,sans-serif,15' background '#ffffff'
if (format eq 'png') set terminal pngcairo noenhanced size 1600,1000 font 'Sans,15' fontscale 1.25 linewidth 1.6 pointscale 1.6 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo noenhanced size 18cm,11.25cm font 'Sans,8.5' linewidth 1.2 pointscale 0.6
if (!exists('picture')) picture = 'waiting_share.'.format
set output picture
set encoding utf8
set border 3 lc rgb '#444444'
set tics nomirror out textcolor rgb '#222222'
set format '%h'
set grid lc rgb '#d8d8d8' lw 1 dt solid
set lmargin at screen 0.115
set rmargin at screen 0.725
set tmargin at screen 0.84
set bmargin at screen 0.17
set key at screen 0.74,0.85 left top Left reverse samplen 4 spacing 1.35
set label 1001 'How much of the time is waiting' at screen 0.02,0.955 left font ',19'
set label 1002 'turnarounds x RTT over the whole, by size of body; ideal world; 3 recipients; 1 message; more modes, rates or bodies in the .dat' at screen 0.02,0.905 left font ',12' textcolor rgb '#444444'
set label 1005 '' at screen 0.02,0.877 left font ',12' textcolor rgb '#444444'
set label 1003 'turnaround reproduce --tries 12 --out reference.new' at screen 0.02,0.025 left font ',10' textcolor rgb '#666666'
set label 1006 '' at screen 0.02,0.01 left font ',10' textcolor rgb '#666666'
set label 1004 'turnaround 0.1.0+767a13c  2026-11-22' at screen 0.98,0.025 right font ',10' textcolor rgb '#666666'
set style line 1 lc rgb '#e69f00' lw 2 pt 7 ps 0.8 dt solid
set style line 2 lc rgb '#56b4e9' lw 2 pt 5 ps 0.8 dt (12,4)
set style line 3 lc rgb '#d55e00' lw 2 pt 9 ps 0.8 dt (6,3)
set style line 4 lc rgb '#0072b2' lw 2 pt 13 ps 0.8 dt (2,3)
set style line 5 lc rgb '#000000' lw 2 pt 6 ps 0.8 dt (12,4,2,4)
set multiplot
set yrange [0:125]
set ytics 0,25,100
set logscale x
set xtics font ',11'
set ytics font ',12'
set key off
set xrange [0.925926:10800]
set xtics 1,100
set lmargin at screen 0.115
set rmargin at screen 0.26375
set tmargin at screen 0.795
set bmargin at screen 0.638333
set xlabel ''
set format x ''
set ylabel ''
set format y '%h %%'
set label 1 'lockstep, rate 64kbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 0 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 1 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 2 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 3 using 1:(100*$3) with linespoints ls 4 notitle
unset label 1001
unset label 1002
unset label 1003
unset label 1004
unset label 1005
unset label 1006
set lmargin at screen 0.29375
set rmargin at screen 0.4425
set tmargin at screen 0.795
set bmargin at screen 0.638333
set xlabel ''
set format x ''
set ylabel ''
set format y ''
set label 1 'lockstep, rate 1mbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 4 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 5 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 6 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 7 using 1:(100*$3) with linespoints ls 4 notitle
set lmargin at screen 0.4725
set rmargin at screen 0.62125
set tmargin at screen 0.795
set bmargin at screen 0.638333
set xlabel ''
set format x ''
set ylabel ''
set format y ''
set label 1 'lockstep, rate 10mbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 8 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 9 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 10 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 11 using 1:(100*$3) with linespoints ls 4 notitle
set lmargin at screen 0.65125
set rmargin at screen 0.8
set tmargin at screen 0.795
set bmargin at screen 0.638333
set xlabel ''
set format x ''
set ylabel ''
set format y ''
set label 1 'lockstep, rate 100mbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 12 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 13 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 14 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 15 using 1:(100*$3) with linespoints ls 4 notitle
set lmargin at screen 0.115
set rmargin at screen 0.26375
set tmargin at screen 0.568333
set bmargin at screen 0.411667
set xlabel ''
set format x ''
set ylabel 'share of the time'
set format y '%h %%'
set label 1 'pipelining, rate 64kbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 16 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 17 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 18 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 19 using 1:(100*$3) with linespoints ls 4 notitle
set lmargin at screen 0.29375
set rmargin at screen 0.4425
set tmargin at screen 0.568333
set bmargin at screen 0.411667
set xlabel ''
set format x ''
set ylabel ''
set format y ''
set label 1 'pipelining, rate 1mbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 20 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 21 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 22 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 23 using 1:(100*$3) with linespoints ls 4 notitle
set lmargin at screen 0.4725
set rmargin at screen 0.62125
set tmargin at screen 0.568333
set bmargin at screen 0.411667
set xlabel ''
set format x ''
set ylabel ''
set format y ''
set label 1 'pipelining, rate 10mbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 24 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 25 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 26 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 27 using 1:(100*$3) with linespoints ls 4 notitle
set lmargin at screen 0.65125
set rmargin at screen 0.8
set tmargin at screen 0.568333
set bmargin at screen 0.411667
set xlabel ''
set format x ''
set ylabel ''
set format y ''
set label 1 'pipelining, rate 100mbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 28 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 29 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 30 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 31 using 1:(100*$3) with linespoints ls 4 notitle
set lmargin at screen 0.115
set rmargin at screen 0.26375
set tmargin at screen 0.341667
set bmargin at screen 0.185
set xlabel 'RTT, ms'
set format x '%g'
set ylabel ''
set format y '%h %%'
set label 1 'chunking, rate 64kbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 32 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 33 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 34 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 35 using 1:(100*$3) with linespoints ls 4 notitle
set lmargin at screen 0.29375
set rmargin at screen 0.4425
set tmargin at screen 0.341667
set bmargin at screen 0.185
set xlabel 'RTT, ms'
set format x '%g'
set ylabel ''
set format y ''
set label 1 'chunking, rate 1mbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 36 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 37 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 38 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 39 using 1:(100*$3) with linespoints ls 4 notitle
set lmargin at screen 0.4725
set rmargin at screen 0.62125
set tmargin at screen 0.341667
set bmargin at screen 0.185
set xlabel 'RTT, ms'
set format x '%g'
set ylabel ''
set format y ''
set label 1 'chunking, rate 10mbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 40 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 41 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 42 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 43 using 1:(100*$3) with linespoints ls 4 notitle
set lmargin at screen 0.65125
set rmargin at screen 0.8
set tmargin at screen 0.341667
set bmargin at screen 0.185
set xlabel 'RTT, ms'
set format x '%g'
set ylabel ''
set format y ''
set label 1 'chunking, rate 100mbit' at graph 0.04,0.95 left font ',11'
plot 50 with lines lc rgb '#999999' lw 1 dt (3,3) notitle, \
  'waiting_share.dat' index 44 using 1:(100*$3) with linespoints ls 1 notitle, \
  'waiting_share.dat' index 45 using 1:(100*$3) with linespoints ls 2 notitle, \
  'waiting_share.dat' index 46 using 1:(100*$3) with linespoints ls 3 notitle, \
  'waiting_share.dat' index 47 using 1:(100*$3) with linespoints ls 4 notitle
set lmargin at screen 0.1
set rmargin at screen 0.83
set tmargin at screen 0.83
set bmargin at screen 0.15
unset border
unset tics
unset grid
unset xlabel
unset ylabel
unset label 1
unset label 2
set key on at screen 0.84,0.8 left top
plot [1:10][0:1] NaN with lines lc rgb '#999999' lw 1 dt (3,3) title 'half', \
  NaN with linespoints ls 1 title '1.02 kB', \
  NaN with linespoints ls 2 title '10.2 kB', \
  NaN with linespoints ls 3 title '102 kB', \
  NaN with linespoints ls 4 title '1.05 MB'
unset multiplot
