# Angles stay in their period, on every kind of flow that keeps circles; density does not jump where they close.
awk 'BEGIN { print "r,phi"; srand(1); for (i = 0; i < 600; ++i) { a = 360 * rand(); print a / 100 + rand() "," a } }' >wind.csv
for flow in maf nsf realnvp; do
  nf-train wind.csv --circle phi:360 --flow $flow --set hidden=16 -q --epochs 2 -o m.nf &&
    nf-sample m.nf -n 5000 --seed 1 | awk -F, 'NR > 1 && !($2 > 0 && $2 <= 360) { ++out } END { print NR - 1, out + 0 }'
done
printf 'r,phi\n2,0\n2,360\n2,720\n' | nf-logprob m.nf | sort -u | wc -l
nf-inspect m.nf --spec | jq -c '[.circle, .base.override["1"].kind, .layers[0].override["1"].kind]'
nf-inspect m.nf --spec | nf-train --spec - wind.csv --circle phi:360 -q --epochs 1 -o n.nf && echo again
nf-inspect m.nf --spec | nf-train --spec - wind.csv -q --epochs 1 -o n.nf
echo $?
nf-train wind.csv --circle psi -o n.nf
echo $?
nf-train wind.csv --circle phi -o n.nf
echo $?
nf-train wind.csv --circle phi:360 --flow glow -o n.nf
echo $?
