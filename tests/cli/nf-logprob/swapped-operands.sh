# What was meant is said.
nf-logprob ab.csv maf.nf
nf-logprob maf.nf maf.nf
nf-train maf.nf -o m.nf
nf-sample ab.csv -n 3
nf-inspect ab.csv
nf-distill ab.csv maf.nf -o s.nf
nf-logprob < ab.csv
nf-sample cond.nf maf.nf
