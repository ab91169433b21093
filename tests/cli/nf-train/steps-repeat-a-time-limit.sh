nf-train ab.csv -q --set hidden=16 --max-seconds 0.3 -o a.nf
steps=$(nf-inspect --json a.nf | sed -n 's/ *"steps": \([0-9]*\),/\1/p')
budget=$(nf-inspect --json a.nf | sed -n 's/ *"budget": \([0-9]*\),/\1/p')
if [ $steps = $budget ]; then nf-train ab.csv -q --set hidden=16 --steps $steps -o b.nf; else cp a.nf b.nf; fi
nf-sample a.nf --seed 1 > a; nf-sample b.nf --seed 1 | cmp - a && echo same
