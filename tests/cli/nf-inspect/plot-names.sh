# Names and words are text to gnuplot, whatever they are.
command -v gnuplot > /dev/null || { echo "needs gnuplot (gnuplot-nox)"; exit 77; }
cat > names.awk <<'END'
BEGIN {
  srand(1)
  print "\"\"\"; system(\"\"touch pwned1\"\"); \"\"\",`touch pwned2`,'.system('touch pwned3').',@pwned4 $(touch pwned5) \\,w%d %s %n"
  for (i = 1; i <= 400; ++i) {
    split("'; system('touch pwned6'); '|`touch pwned7`|100% %s %n </text><script>|END", words, "|")
    printf "%.4f,%.4f,%.4f,%.4f,%s\n", rand(), rand(), rand() + rand(), rand() - rand(), words[1 + i % 4]
  }
}
END
awk -f names.awk > names.csv
nf-train -q names.csv --epochs 1 --set hidden=16 -o names.nf
for of in corner latent logprob; do
  for file in x.png x.svg x.pdf x.txt; do nf-inspect --plot $file --of $of names.nf names.csv || echo "exit $?"; done
  [ $of != corner ] || cp x.svg corner.svg
done
grep -o '<text>[^<]*</text>' corner.svg | sed 's/<[^>]*>//g' | sort | uniq | grep -v -E '^ *[-0-9.]+$'
printf 'a\033]0;x\007,b\n1,2\n2,3\n3,1\n2,4\n' > control.csv
nf-train -q control.csv --doors none --epochs 1 --set hidden=16 --valid control.csv -o control.nf
nf-inspect --plot x.svg control.nf && grep -o '<text>[ab][^<]*</text>' x.svg
nf-inspect --report x.html names.nf names.csv && grep -c '<script' x.html
log="'; system('touch pwned8'); '.log"
nf-train -q ab.csv --epochs 2 --set hidden=8 --log-file "$log" -o m.nf
nf-inspect --plot x.svg --curves "$log,$log" && grep -c 'pwned8' x.svg
ls | grep pwned | grep -v log || echo clean
