for tool in nf-sample nf-logprob nf-distill nf-inspect; do
  $tool < /dev/null
  echo $?
done
