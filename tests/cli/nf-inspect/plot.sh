# Each picture in each format, with data and without; text has the columns' names.
command -v gnuplot > /dev/null || { echo "needs gnuplot (gnuplot-nox)"; exit 77; }
magic() { head -c 4 "$1" | tr -d '\211' | head -c 3; }
for of in corner latent logprob; do
  for format in png svg pdf; do
    nf-inspect --plot x.$format --of $of maf.nf ab.csv || echo "exit $?"
    nf-inspect --plot alone.$format --of $of maf.nf || echo "exit $?"
    case $format in
      png) magic x.png; echo; magic alone.png; echo ;;
      svg) grep -c '<svg' x.svg alone.svg; grep -c '</svg>' x.svg alone.svg ;;
      pdf) magic x.pdf; echo; magic alone.pdf; echo ;;
    esac
    cmp -s x.$format alone.$format && echo "the same without data"
  done
done
nf-inspect --plot - maf.nf ab.csv > x.txt
grep -E -o '^ *(a|b) *$|data, [0-9]+ rows|samples, [0-9]+ rows' x.txt | sed 's/^ *//; s/ *$//'
nf-inspect --plot - maf.nf | grep -E -o 'data|samples, [0-9]+ rows'
nf-inspect --plot - --of latent maf.nf ab.csv | grep -o 'z[0-9]'
nf-inspect --plot - --of logprob maf.nf ab.csv |
  sed -n -E 's/.*(the rarest 1 % of the samples: below) -[0-9.]+$/\1 .../p; s/.*[0-9.]+ (% of the data lie there)$/... \1/p'
# A file is what standard output would be; the seed says which samples.
nf-inspect --plot y.txt maf.nf ab.csv && cmp x.txt y.txt && echo same
nf-inspect --plot z.txt --seed 1 maf.nf ab.csv && cmp -s x.txt z.txt || echo other
# Of a conditional model, given the rows' context, which may be shown.
nf-inspect --plot - --columns b,label cond.nf abl.csv | grep -E -o '^ *(a|b|label) *$' | tr -d ' '
nf-inspect --plot nameless.svg nameless.nf plain.csv && grep -E -o '<text>[12]</text>' nameless.svg | sort -u
nf-inspect --plot x.svg maf.nf - < ab.csv && grep -o 'data, 600 rows' x.svg
ls -A | grep -v -E '^[a-z]+\.(nf|csv|png|svg|pdf|txt)$' || echo clean
