# Made by `turnaround plot`. To draw it again, in this folder:
#     gnuplot turnarounds_by_messages.gp
#     gnuplot -e "format='png'" turnarounds_by_messages.gp     (or pdf)
if (!exists('format')) format = 'svg'
if (format eq 'svg') set terminal svg noenhanced size 960,600 font 'Helvetica,Arial,sans-serif,15' background '#ffffff'
if (format eq 'png') set terminal pngcairo noenhanced size 1600,1000 font 'Sans,15' fontscale 1.25 linewidth 1.6 pointscale 1.6 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo noenhanced size 18cm,11.25cm font 'Sans,8.5' linewidth 1.2 pointscale 0.6
if (!exists('picture')) picture = 'turnarounds_by_messages.'.format
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
set label 1001 'How often the client waits, by messages' at screen 0.02,0.955 left font ',19'
set label 1002 'points: counted; lines: by the plan; kernel world; 3 recipients; body of 1000 bytes; rate 100mbit both ways' at screen 0.02,0.905 left font ',12' textcolor rgb '#444444'
set label 1005 '' at screen 0.02,0.877 left font ',12' textcolor rgb '#444444'
set label 1003 'turnaround reproduce --tries 12 --out reference.new' at screen 0.02,0.025 left font ',10' textcolor rgb '#666666'
set label 1006 '' at screen 0.02,0.01 left font ',10' textcolor rgb '#666666'
set label 1004 'turnaround 0.1.0+767a13c  2026-11-22' at screen 0.98,0.025 right font ',10' textcolor rgb '#666666'
set style line 1 lc rgb '#000000' lw 2 pt 7 ps 1.1 dt solid
set style line 2 lc rgb '#0072b2' lw 2 pt 5 ps 1.1 dt (12,4)
set style line 3 lc rgb '#8b5a2b' lw 2 pt 15 ps 1.1 dt (4,4)
set style line 4 lc rgb '#d55e00' lw 2 pt 11 ps 1.1 dt (2,3)
set style line 5 lc rgb '#d55e00' lw 2 pt 9 ps 1.1 dt (12,4,2,4)
set style line 6 lc rgb '#009e73' lw 2 pt 13 ps 1.1 dt (6,3)
set style line 7 lc rgb '#cc79a7' lw 2 pt 12 ps 1.1 dt solid
set style line 8 lc rgb '#e69f00' lw 2 pt 8 ps 1.1 dt (5,5)
set style line 9 lc rgb '#882255' lw 2 pt 10 ps 1.1 dt (14,6)
set style line 10 lc rgb '#332288' lw 2 pt 1 ps 1.1 dt (2,4)
set style line 11 lc rgb '#aa4499' lw 2 pt 3 ps 1.1 dt (5,5)
set key font ',10'
set xlabel 'messages in the session'
set ylabel 'turnarounds'
set xtics (1,2,3,4,5,7,10,15,20,30,40,50,70,100,150,200,300,500,1000)
set logscale x
set xrange [0.85:23]
set ytics (1,2,3,4,5,7,10,15,20,30,40,50,70,100,150,200,300,500,1000)
set logscale y
set yrange [0.85:141.45]
plot \
  'turnarounds_by_messages.dat' index 0 using 1:8 with lines ls 1 notitle, \
  'turnarounds_by_messages.dat' index 1 using 1:8 with lines ls 2 notitle, \
  'turnarounds_by_messages.dat' index 2 using 1:8 with lines ls 3 notitle, \
  'turnarounds_by_messages.dat' index 3 using 1:8 with lines ls 4 notitle, \
  'turnarounds_by_messages.dat' index 4 using 1:8 with lines ls 5 notitle, \
  'turnarounds_by_messages.dat' index 5 using 1:8 with lines ls 6 notitle, \
  'turnarounds_by_messages.dat' index 6 using 1:8 with lines ls 7 notitle, \
  'turnarounds_by_messages.dat' index 7 using 1:8 with lines ls 8 notitle, \
  'turnarounds_by_messages.dat' index 8 using 1:8 with lines ls 9 notitle, \
  'turnarounds_by_messages.dat' index 9 using 1:8 with lines ls 10 notitle, \
  'turnarounds_by_messages.dat' index 10 using 1:8 with lines ls 11 notitle, \
  'turnarounds_by_messages.dat' index 0 using 1:3:4:5 with yerrorbars ls 1 dt solid notitle, \
  'turnarounds_by_messages.dat' index 1 using 1:3:4:5 with yerrorbars ls 2 dt solid notitle, \
  'turnarounds_by_messages.dat' index 2 using 1:3:4:5 with yerrorbars ls 3 dt solid notitle, \
  'turnarounds_by_messages.dat' index 3 using 1:3:4:5 with yerrorbars ls 4 dt solid notitle, \
  'turnarounds_by_messages.dat' index 4 using 1:3:4:5 with yerrorbars ls 5 dt solid notitle, \
  'turnarounds_by_messages.dat' index 5 using 1:3:4:5 with yerrorbars ls 6 dt solid notitle, \
  'turnarounds_by_messages.dat' index 6 using 1:3:4:5 with yerrorbars ls 7 dt solid notitle, \
  'turnarounds_by_messages.dat' index 7 using 1:3:4:5 with yerrorbars ls 8 dt solid notitle, \
  'turnarounds_by_messages.dat' index 8 using 1:3:4:5 with yerrorbars ls 9 dt solid notitle, \
  'turnarounds_by_messages.dat' index 9 using 1:3:4:5 with yerrorbars ls 10 dt solid notitle, \
  'turnarounds_by_messages.dat' index 10 using 1:3:4:5 with yerrorbars ls 11 dt solid notitle, \
  NaN with linespoints ls 1 title 'lockstep', \
  NaN with linespoints ls 2 title 'pipelining', \
  NaN with linespoints ls 3 title 'chunking-collect', \
  NaN with linespoints ls 4 title 'chunking-last', \
  NaN with linespoints ls 5 title 'chunking', \
  NaN with linespoints ls 6 title 'early', \
  NaN with linespoints ls 7 title 'early, BDAT', \
  NaN with linespoints ls 8 title 'quickstart-a', \
  NaN with linespoints ls 9 title 'quickstart-b', \
  NaN with linespoints ls 10 title 'lockstep, BDAT', \
  NaN with linespoints ls 11 title 'quickstart-b, cold, as quickstart-a'
