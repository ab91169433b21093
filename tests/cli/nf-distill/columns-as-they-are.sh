# Words, gaps and counts are distilled too, from one flow and from several, to a sampler of one pass for the numbers.
"$NF_SOURCE"/share/examples/columns/make.sh survey 600 > s.csv
nf-train s.csv -q --set hidden=16 --epochs 5 -o t.nf
close() { sed -E 's/.*KL\(student\|\|teacher\) (-?[0-9.]+) .*/\1/' | awk '{ print ($1 < 0.3 ? "close" : $0) }'; }
nf-distill t.nf s.csv --steps 150 -o s.nf 2>&1 | close
nf-inspect s.nf --json | jq -c '[.spec.layers[0].layers[].inverse] | unique'
nf-sample s.nf -n 500 --seed 1 | nf-logprob t.nf | grep -c inf
nf-distill t.nf --rows 2000 --steps 60 -o s.nf 2>&1 | close
nf-train s.csv -q --flow auto --steps 100 -o a.nf
nf-distill a.nf s.csv --steps 150 -o s.nf 2>&1 | close
nf-inspect s.nf --json | jq -r '.spec.layers[0].kind'
nf-distill t.nf s.csv --loss xz -o x.nf
nf-distill t.nf s.csv --report r.json -o x.nf
