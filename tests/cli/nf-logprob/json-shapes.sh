# JSON of another shape is named, with the shape that is read.
try() { printf '%s' "$1" > x.json; nf-logprob maf.nf x.json > out && wc -l < out; }
try '{"a": [1, 2], "b": [3, 4]}'
try '{"data": [{"a": 1, "b": 2}]}'
try '{"data": []}'
try '[1, 2, 3]'
try '[]'
try '[{"a": 1, "b": 2}, {"b": 3, "a": 4}]'
try '[[1, 2], [3, 4]]'
try '{"a": 1, "b": 2}'
try '"a"'
try '[{"a": 1, "b": [2]}]'
try '[{"a": 1, "b": 2}, {"a": 1}]'
try '[{"a": 1, "b": "2"}]'
# Keys that come first later are left out with a word.
printf '{"a": 1, "b": 2}\n{"a": 1, "b": 2, "later": 3}\n{"b": 1, "a": 2, "last": 3}\n' > x.ndjson
nf-logprob maf.nf x.ndjson | wc -l
printf '{"a": 1}\n{"a": 1, "b": 2}\n' > x.ndjson
nf-logprob maf.nf x.ndjson
