# Rows with importance weights, by exact flows and by paths.
nf-train --objective reverse-kl --target u1 --flow realnvp --set hidden=8 --set layers=2 --steps 20 --rows 256 -q -o r.nf
nf-train --objective reverse-kl --target u1 --flow snf --set hidden=8 --set layers=2 --set count=2 --steps 20 --rows 256 \
  -q -o s.nf
nf-sample r.nf --weights --logprob --target u1 -n 2 --seed 1 -q | head -1
nf-sample s.nf --weights --logprob --target u1 -n 2 --seed 1 -q | head -1
nf-sample s.nf --target u1 -n 2 --seed 1 | wc -l
# log p~ - log q, by a normal target in closed form
nf-sample r.nf --weights --logprob --target 'gaussian:{"covariance":[[1,0],[0,1]]}' -n 200 --seed 1 -q |
  awk -F, 'NR > 1 { off = -($1 * $1 + $2 * $2) / 2 - 1.8378771 - $3 - $4; if (off * off > 1e-8) print "off by", off }'
# shards make up the whole
nf-sample s.nf --weights --target u1 -n 100 --seed 1 -q | tail -50 >tail.csv
nf-sample s.nf --weights --target u1 -n 50 --skip 50 --seed 1 -q | tail -50 | cmp - tail.csv && echo same
nf-sample s.nf --weights --target u1 -n 100 --seed 1 2>&1 >weighed.csv | sed 's/: log-norm.*/: .../'
nf-sample s.nf -n 2
nf-sample r.nf --weights -n 2
nf-sample r.nf --weights --latent --target u1
nf-sample r.nf --weights --target 'funnel:{"dim":3}'
nf-sample s.nf --target-cmd false -n 2
nf-logprob s.nf weighed.csv
nf-train --flow snf weighed.csv --columns x1,x2 -o t.nf
