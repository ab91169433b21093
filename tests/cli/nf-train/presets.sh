for flow in maf iaf realnvp nice nsf nsf_coupling glow; do
  nf-train abl.csv --context label --flow $flow -q --epochs 1 --set hidden=16 -o m.nf && nf-sample m.nf abl.csv | wc -l
done
for flow in affine planar radial sylvester gdn; do
  nf-train ab.csv --flow $flow -q --epochs 1 -o m.nf && nf-sample m.nf -n 600 | wc -l
done
