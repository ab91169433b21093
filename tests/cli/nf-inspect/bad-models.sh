head -c 5 maf.nf > short.nf
head -c 3000 maf.nf > cut.nf
{ printf '\0\0\0\0\0\0\0\020'; tail -c +9 maf.nf; } > huge.nf
{ cat maf.nf; echo; } > long.nf
{ head -c 8 maf.nf; head -c 100 /dev/zero | tr '\0' '{'; tail -c +109 maf.nf; } > json.nf
{ for model in short.nf cut.nf huge.nf long.nf json.nf ab.csv /dev/null missing.nf .; do
  nf-inspect $model
  echo $?
done; } 2>&1 | sed 's/of [0-9]* bytes/of N bytes/; s/file of [0-9]*$/file of N/; s/where [0-9]* bytes/where N bytes/'
