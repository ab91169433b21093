# JSON as deep as a stack is high is refused, wherever it comes from; and so are keys that are there twice.
deep() { head -c "$1" /dev/zero | tr '\0' '['; }
model() { printf '%b' "\\x$(printf %x $((${#1} % 256)))\\x$(printf %x $((${#1} / 256 % 256)))\\x$(printf %x $((${#1} / 65536)))\0\0\0\0\0$1"; }
deep 1000000 > deep.json
{ printf '{"a":1,"b":2,"more":'; deep 1000000; echo; } > deep.ndjson
model "{\"a\":$(deep 100000)" > header.nf
model "{\"__metadata__\":{\"format\":\"nf-tools\",\"version\":\"1\",\"columns\":\"$(deep 100000)\"}}" > metadata.nf
model "{\"__metadata__\":{\"format\":\"nf-tools\",\"format\":\"nf-tools\"}}" > twice.nf
nf-train --spec deep.json ab.csv -o m.nf
nf-train deep.json -o m.nf
nf-train deep.ndjson -o m.nf
nf-train ab.csv --set hidden="$(deep 100)" -o m.nf
nf-train --objective reverse-kl --target "gaussian:{\"mean\":$(deep 100)" -o m.nf
nf-train ab.csv --init header.nf -o m.nf
nf-train ab.csv --resume metadata.nf -o m.nf
nf-logprob maf.nf deep.json
nf-logprob maf.nf deep.ndjson
nf-sample cond.nf deep.ndjson
for model in header metadata twice; do
  nf-inspect $model.nf
  nf-logprob $model.nf ab.csv
  nf-sample $model.nf
  nf-distill $model.nf -o m.nf
done
nf-inspect --compare deep.json ab.csv
echo '{"layers":[],"layers":[]}' > twice.json
nf-train --spec twice.json ab.csv -o m.nf
echo '{"a":1,"a":2,"b":3}' > twice.ndjson
nf-train twice.ndjson -o m.nf
nf-logprob maf.nf twice.ndjson
