#!/usr/bin/env bash
# usage: make.sh DIR. Thirty small tables there, as people have them; the same on every machine.
set -eu
mkdir -p "$1" && cd "$1"
# Rows of 200 by a program for awk that has u(), uniform on (0, 1), and g(), bell-shaped.
table() { awk -v OFS=, 'function u() { s = s * 16807 % 2147483647; return s / 2147483647 }
  function g() { return u() + u() + u() + u() - 2 }
  BEGIN { s = 11; '"$2"' for (i = 1; i <= 200; ++i) { '"$3"' } }' > "$1"; }
kinds='split("setosa virginica versicolor", kind, " ");'
table plain.csv 'print "a,b";' 'print g(), g()'
table words.csv "$kinds"'print "a,b,species";' 'print g(), g(), kind[1 + i % 3]'
table dates.csv 'print "date,open,close";' 'printf "2024-%02d-%02d,%.4f,%.4f\n", 1 + i % 12, 1 + i % 28, 10 + g(), 10 + g()'
table times.csv 'print "time,a";' 'printf "2024-01-01T%02d:%02d:00Z,%.4f\n", i % 24, i % 60, g()'
table gaps-empty.csv 'print "a,b";' 'print (i % 9 ? g() : ""), g()'
table gaps-na.csv 'print "a,b";' 'print (i % 9 ? g() : "NA"), g()'
table gaps-question.data '' 'print g(), (i % 9 ? g() : "?"), g()'
table gaps-most.csv 'print "a,b,rare";' 'print g(), g(), (i % 9 ? "" : g())'
table rownames.csv 'print "\"\",\"a\",\"b\"";' 'print "\"" i "\"", g(), g()'
table pandas.csv 'print "Unnamed: 0,a,b";' 'print i - 1, g(), g()'
table id.csv "$kinds"'print "id,a,b,kind";' 'print i, g(), g(), kind[1 + i % 3]'
table semicolons.csv 'OFS = ";"; print "a;b";' 'print g(), g()'
table decimal-commas.csv 'OFS = ";"; print "a;b";' 'x = g() OFS g(); gsub(/\./, ",", x); print x'
table blanks.txt 'OFS = "  ";' 'print g(), g(), g()'
table tabs.tsv 'OFS = "\t"; print "a\tb";' 'print g(), g()'
table comments.csv 'print "# made by an instrument"; print "a,b";' 'print g(), g()'
table units.csv 'print "mass,height";' 'print int(60 + 9 * g()) " kg", 170 + 9 * g()'
table currency.csv 'print "price,size";' 'printf "$%.2f,%.3f\n", 20 + g(), g()'
table percent.csv 'print "rate,size";' 'printf "%.1f%%,%.3f\n", 50 + 9 * g(), g()'
table thousands.csv 'print "people,size";' 'printf "\"%d,%03d\",%.3f\n", 1 + 9 * u(), 999 * u(), g()'
table booleans.csv 'print "smoker,a,b";' 'print (u() < 0.5 ? "true" : "false"), g(), g()'
table constant.csv 'print "a,year,b";' 'print g(), 2024, g()'
table sentinel.csv 'print "a,b";' 'print (i % 20 ? g() : -999), g()'
table huge.csv 'print "a,b";' 'print (i % 20 ? g() : "1e35"), g()'
table mark.csv 'printf "\357\273\277a,b\n";' 'print g(), g()'
table quoted.csv 'print "\"a\",\"b\"";' 'print "\"" g() "\"", "\"" g() "\""'
table crlf.csv 'ORS = "\r\n"; print "a,b";' 'print g(), g()'
table dice.csv 'print "one,two";' 'print 1 + int(6 * u()), 1 + int(6 * u())'
table ragged.csv 'print "a,b";' 'if (i % 50) print g(), g(); else print g(), g(), g()'
table twice.csv 'print "a,b,a";' 'print g(), g(), g()'
