# Made by `turnaround plot`. To draw it again, in this folder:
#     gnuplot turnarounds_by_recipients_c2_data_ns3.gp
#     gnuplot -e "format='png'" turnarounds_by_recipients_c2_data_ns3.gp     (or pdf)
if (!exists('format')) format = 'svg'
if (format eq 'svg') set terminal svg noenhanced size 960,600 font 'Helvetica,Arial,sans-serif,15' background '#ffffff'
if (format eq 'png') set terminal pngcairo noenhanced size 1600,1000 font 'Sans,15' fontscale 1.25 linewidth 1.6 pointscale 1.6 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo noenhanced size 18cm,11.25cm font 'Sans,8.5' linewidth 1.2 pointscale 0.6
if (!exists('picture')) picture = 'turnarounds_by_recipients_c2_data_ns3.'.format
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
set label 1001 'How often the client waits, by recipients' at screen 0.02,0.955 left font ',19'
set label 1002 '2 classes, bodies by data, cold offer, ns3 world' at screen 0.02,0.905 left font ',12' textcolor rgb '#444444'
set label 1005 '' at screen 0.02,0.877 left font ',12' textcolor rgb '#444444'
set label 1003 'turnaround reproduce --tries 12 --out reference.new' at screen 0.02,0.025 left font ',10' textcolor rgb '#666666'
set label 1006 '' at screen 0.02,0.01 left font ',10' textcolor rgb '#666666'
set label 1004 'turnaround 0.1.0+767a13c  2026-11-22' at screen 0.98,0.025 right font ',10' textcolor rgb '#666666'
set style line 1 lc rgb '#000000' lw 2 pt 7 ps 1.1 dt solid
set style line 2 lc rgb '#0072b2' lw 2 pt 5 ps 1.1 dt (12,4)
set style line 3 lc rgb '#009e73' lw 2 pt 13 ps 1.1 dt (6,3)
set style line 4 lc rgb '#d55e00' lw 2 pt 11 ps 1.1 dt (2,3)
set style line 5 lc rgb '#cc79a7' lw 2 pt 12 ps 1.1 dt solid
set style line 6 lc rgb '#56b4e9' lw 2 pt 4 ps 1.1 dt (3,3,9,3)
set style line 7 lc rgb '#8b5a2b' lw 2 pt 15 ps 1.1 dt (4,4)
set style line 8 lc rgb '#d55e00' lw 2 pt 9 ps 1.1 dt (12,4,2,4)
set style line 9 lc rgb '#e69f00' lw 2 pt 8 ps 1.1 dt (5,5)
set ytics (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
set xrange [1.81818181818182:55]
set xtics (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
set logscale xy
set xlabel 'recipients'
set ylabel 'turnarounds of all sessions'
plot 'turnarounds_by_recipients_c2_data_ns3.dat' index 0 using 1:2 with linespoints ls 1 title 'S0', \
  'turnarounds_by_recipients_c2_data_ns3.dat' index 1 using 1:2 with linespoints ls 2 title 'S1', \
  'turnarounds_by_recipients_c2_data_ns3.dat' index 2 using 1:2 with linespoints ls 3 title 'S1''', \
  'turnarounds_by_recipients_c2_data_ns3.dat' index 3 using 1:2 with linespoints ls 4 title 'S1''x', \
  'turnarounds_by_recipients_c2_data_ns3.dat' index 4 using 1:2 with linespoints ls 5 title 'S2, S3', \
  'turnarounds_by_recipients_c2_data_ns3.dat' index 5 using 1:2 with linespoints ls 6 title 'S3'', S3''p', \
  'turnarounds_by_recipients_c2_data_ns3.dat' index 6 using 1:2 with linespoints ls 7 title 'S3b', \
  'turnarounds_by_recipients_c2_data_ns3.dat' index 7 using 1:2 with linespoints ls 8 title 'S4, S4p', \
  'turnarounds_by_recipients_c2_data_ns3.dat' index 8 using 1:2 with linespoints ls 9 title 'S4l, S4lp'
