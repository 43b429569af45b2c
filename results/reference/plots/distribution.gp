# Made by `turnaround plot`. To draw it again, in this folder:
#     gnuplot distribution.gp
#     gnuplot -e "format='png'" distribution.gp     (or pdf)
if (!exists('format')) format = 'svg'
if (format eq 'svg') set terminal svg noenhanced size 960,600 font 'Helvetica,Arial,sans-serif,15' background '#ffffff'
if (format eq 'png') set terminal pngcairo noenhanced size 1600,1000 font 'Sans,15' fontscale 1.25 linewidth 1.6 pointscale 1.6 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo noenhanced size 18cm,11.25cm font 'Sans,8.5' linewidth 1.2 pointscale 0.6
if (!exists('picture')) picture = 'distribution.'.format
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
set label 1001 'How times are spread' at screen 0.02,0.955 left font ',19'
set label 1002 'kernel world; 3 recipients; 1 message; body of 1000 bytes; RTT 200 ms (one way 100 up, 100 down); rate 100mbit both ways' at screen 0.02,0.905 left font ',12' textcolor rgb '#444444'
set label 1005 '' at screen 0.02,0.877 left font ',12' textcolor rgb '#444444'
set label 1003 'turnaround reproduce --tries 12 --out reference.new' at screen 0.02,0.025 left font ',10' textcolor rgb '#666666'
set label 1006 '' at screen 0.02,0.01 left font ',10' textcolor rgb '#666666'
set label 1004 'turnaround 0.1.0+767a13c  2026-11-22' at screen 0.98,0.025 right font ',10' textcolor rgb '#666666'
set xlabel 'first SYN to last reply, ms'
set ylabel 'share of the runs that took no longer'
set format y '%h %%'
set yrange [0:104]
set xrange [380.387:2106.82]
set style line 1 lc rgb '#000000' lw 2 pt 7 ps 1.1 dt solid
set style line 2 lc rgb '#0072b2' lw 2 pt 5 ps 1.1 dt (12,4)
set style line 3 lc rgb '#009e73' lw 2 pt 13 ps 1.1 dt (6,3)
plot \
  'distribution.dat' index 0 with steps ls 1 lw 2.5 title 'lockstep: 7 runs', \
  'distribution.dat' index 1 with steps ls 2 lw 2.5 title 'pipelining: 10 runs', \
  'distribution.dat' index 2 with steps ls 3 lw 2.5 title 'early: 7 runs'
