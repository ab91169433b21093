printf 'id,b,"a"\r\n"x, 1", 0.50 ,+10\r\nq,1e0,11' > odd.csv
nf-logprob maf.nf odd.csv --append > out.csv
sed 's/,[^,]*$//' out.csv | od -c | sed 's/^[0-9]* *//'
nf-logprob maf.nf toy.csv --append | sed 's/,[^,]*$//' | cmp - toy.csv && echo same
printf '{"a": 10.0, "b":1, "t":"\\u00e9"}\n' | nf-logprob maf.nf --append | sed 's/,[^,]*$//'
