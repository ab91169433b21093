# Headerless pieces make up the whole.
split -l 100 plain.csv piece.
cat piece.* | nf-logprob maf.nf > whole
for piece in piece.*; do nf-logprob maf.nf $piece; done | cmp - whole && echo same
