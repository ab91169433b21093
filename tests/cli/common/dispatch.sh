# NF_DISPATCH chooses an instruction set of this machine; any other name is refused before anything is done.
unset NF_DISPATCH
NF_DISPATCH=nonsense nf-sample maf.nf -n 1 -o x.csv 2> said || echo "exit $?"
sed 's/which has .*/which has .../' said
ls x.csv 2> /dev/null
best=$(nf-inspect --version | sed -n 's/^SIMD target: //p')
[ "$(NF_DISPATCH= nf-inspect --version)" = "$(nf-inspect --version)" ] && echo "empty: the best"
[ "$(NF_DISPATCH=$best nf-inspect --version)" = "$(nf-inspect --version)" ] && echo "the best by its name"
# The set that lacks nothing is the last of those that a refusal names.
least=$(NF_DISPATCH=nonsense nf-inspect --version 2>&1 | sed 's/.* //')
NF_DISPATCH=$least nf-inspect --version | grep -c "^SIMD target: $least$"
NF_DISPATCH=$least nf-logprob maf.nf ab.csv > least
nf-logprob maf.nf ab.csv > best
paste -d ' ' least best | awk 'NR > 1 { d = $1 - $2; if (d * d > 1e-6) print "apart" } END { print NR - 1, "rows agree" }'
