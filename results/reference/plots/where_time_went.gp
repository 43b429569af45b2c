# Made by `turnaround plot`. To draw it again, in this folder:
#     gnuplot where_time_went.gp
#     gnuplot -e "format='png'" where_time_went.gp     (or pdf)
if (!exists('format')) format = 'svg'
if (format eq 'svg') set terminal svg noenhanced size 960,600 font 'Helvetica,Arial,sans-serif,15' background '#ffffff'
if (format eq 'png') set terminal pngcairo noenhanced size 1600,1000 font 'Sans,15' fontscale 1.25 linewidth 1.6 pointscale 1.6 background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo noenhanced size 18cm,11.25cm font 'Sans,8.5' linewidth 1.2 pointscale 0.6
if (!exists('picture')) picture = 'where_time_went.'.format
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
set label 1001 'Where the time went' at screen 0.02,0.955 left font ',19'
set label 1002 'medians; kernel world; 3 recipients; 1 message; body of 1000 bytes; RTT 200 ms (one way 100 up, 100 down); rate 100mbit both ways' at screen 0.02,0.905 left font ',12' textcolor rgb '#444444'
set label 1005 '' at screen 0.02,0.877 left font ',12' textcolor rgb '#444444'
set label 1003 'turnaround reproduce --tries 12 --out reference.new' at screen 0.02,0.025 left font ',10' textcolor rgb '#666666'
set label 1006 '' at screen 0.02,0.01 left font ',10' textcolor rgb '#666666'
set label 1004 'turnaround 0.1.0+767a13c  2026-11-22' at screen 0.98,0.025 right font ',10' textcolor rgb '#666666'
set xlabel 'ms from the first SYN'
set xrange [0:2183.06]
set yrange [10.6:-0.6]
set lmargin at screen 0.16
unset grid
set grid xtics lc rgb '#d8d8d8' lw 1 dt solid
set border 1
set style fill solid 1 border rgb '#222222'
set ytics scale 0 ('lockstep' 0, 'pipelining' 1, 'chunking-collect' 2, 'chunking-last' 3, 'chunking' 4, 'early' 5, 'early, BDAT' 6, 'quickstart-a' 7, 'quickstart-b' 8, 'lockstep, BDAT' 9, 'quickstart-b, cold' 10)
set label '2003' at 2002.8,0 left offset 0.6,0 font ',14'
set label '1001' at 1001.22,1 left offset 0.6,0 font ',14'
set label '1001' at 1001.45,2 left offset 0.6,0 font ',14'
set label '801' at 801.339,3 left offset 0.6,0 font ',14'
set label '801' at 800.874,4 left offset 0.6,0 font ',14'
set label '601' at 600.763,5 left offset 0.6,0 font ',14'
set label '400' at 400.459,6 left offset 0.6,0 font ',14'
set label '801' at 800.734,7 left offset 0.6,0 font ',14'
set label '601' at 600.624,8 left offset 0.6,0 font ',14'
set label '1802' at 1802.33,9 left offset 0.6,0 font ',14'
set label '801' at 801.139,10 left offset 0.6,0 font ',14'
plot \
  'where_time_went.dat' index 0 using 2:1:2:3:($1-0.32):($1+0.32) with boxxyerror fc rgb '#333333' lw 0.7 title 'TCP handshake', \
  '' index 0 using (($2+$3)/2):1:5 with labels offset 0,0.35 font ',11' textcolor rgb '#ffffff' notitle, \
  '' index 0 using (($2+$3)/2):1:6 with labels offset 0,0 font ',11' textcolor rgb '#ffffff' notitle, \
  'where_time_went.dat' index 1 using 2:1:2:3:($1-0.32):($1+0.32) with boxxyerror fc rgb '#b3b3b3' lw 0.7 title 'greeting', \
  '' index 1 using (($2+$3)/2):1:5 with labels offset 0,0.35 font ',11' textcolor rgb '#111111' notitle, \
  '' index 1 using (($2+$3)/2):1:6 with labels offset 0,0 font ',11' textcolor rgb '#111111' notitle, \
  'where_time_went.dat' index 2 using 2:1:2:3:($1-0.32):($1+0.32) with boxxyerror fc rgb '#0072b2' lw 0.7 title 'EHLO', \
  '' index 2 using (($2+$3)/2):1:5 with labels offset 0,0.35 font ',11' textcolor rgb '#ffffff' notitle, \
  '' index 2 using (($2+$3)/2):1:6 with labels offset 0,0 font ',11' textcolor rgb '#ffffff' notitle, \
  'where_time_went.dat' index 4 using 2:1:2:3:($1-0.32):($1+0.32) with boxxyerror fc rgb '#f0e442' lw 0.7 title 'MAIL and RCPT', \
  '' index 4 using (($2+$3)/2):1:5 with labels offset 0,0.35 font ',11' textcolor rgb '#111111' notitle, \
  '' index 4 using (($2+$3)/2):1:6 with labels offset 0,0 font ',11' textcolor rgb '#111111' notitle, \
  'where_time_went.dat' index 5 using 2:1:2:3:($1-0.32):($1+0.32) with boxxyerror fc rgb '#009e73' lw 0.7 title 'DATA', \
  '' index 5 using (($2+$3)/2):1:5 with labels offset 0,0.35 font ',11' textcolor rgb '#ffffff' notitle, \
  '' index 5 using (($2+$3)/2):1:6 with labels offset 0,0 font ',11' textcolor rgb '#ffffff' notitle, \
  'where_time_went.dat' index 6 using 2:1:2:3:($1-0.32):($1+0.32) with boxxyerror fc rgb '#a6dcf7' lw 0.7 title 'end of body', \
  '' index 6 using (($2+$3)/2):1:5 with labels offset 0,0.35 font ',11' textcolor rgb '#111111' notitle, \
  '' index 6 using (($2+$3)/2):1:6 with labels offset 0,0 font ',11' textcolor rgb '#111111' notitle, \
  'where_time_went.dat' index 7 using 2:1:2:3:($1-0.32):($1+0.32) with boxxyerror fc rgb '#d55e00' lw 0.7 title 'QUIT', \
  '' index 7 using (($2+$3)/2):1:5 with labels offset 0,0.35 font ',11' textcolor rgb '#ffffff' notitle, \
  '' index 7 using (($2+$3)/2):1:6 with labels offset 0,0 font ',11' textcolor rgb '#ffffff' notitle, \
  NaN notitle
