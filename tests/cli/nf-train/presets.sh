for flow in maf iaf realnvp nice nsf nsf_coupling; do
  nf-train abl.csv --context label --flow $flow -q --epochs 1 --set hidden=16 -o m.nf && nf-sample m.nf abl.csv | wc -l
done
