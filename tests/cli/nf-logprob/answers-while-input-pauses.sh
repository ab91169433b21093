# A row is answered before the next one is sent: the writer waits for the answer.
mkfifo rows answers
nf-logprob maf.nf rows > answers & 
exec 5< answers 4> rows
echo a,b >&4
echo 10,0 >&4
read -r header <&5
read -r first <&5
echo 11,0.5 >&4
read -r second <&5
exec 4>&-
wait
paste -d' ' <(printf '%s\n' "$header" "$first" "$second") <(printf 'a,b\n10,0\n11,0.5\n' | nf-logprob maf.nf) | awk '{print ($1 == $2)}'
