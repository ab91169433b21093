# Names and records that would command a terminal do not reach one, whoever prints them; files keep their bytes.
escape=$(printf '\033[31m')
raw() { grep -acF "$escape"; }
{ printf '%sred,b\n' "$escape"; tail -n +2 ab.csv; } > names.csv
nf-train names.csv --set hidden=8 --steps 2 -o names.nf 2>&1 | raw
nf-train names.csv -q --columns "b,${escape}blue" -o no.nf 2>&1 | cat -v
sed "2s/.*/${escape}x,1/" ab.csv > words.csv
nf-logprob maf.nf words.csv 2>&1 > /dev/null | cat -v
on_terminal() { script -qec "$1" /dev/null < /dev/null; }
on_terminal "nf-inspect names.nf" | grep -a red | tr -d '\r' | cut -c 1-30
on_terminal "nf-inspect names.nf --json" | raw
on_terminal "nf-sample names.nf -n 2" | head -1 | tr -d '\r'
on_terminal "nf-sample names.nf -n 2 --to ndjson" | raw
on_terminal "nf-logprob names.nf names.csv --append" | head -1 | tr -d '\r'
on_terminal "nf-inspect --compare names.csv names.csv" | raw
nf-sample names.nf -n 2 | raw
