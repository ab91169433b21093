for tool in nf-train nf-sample nf-logprob nf-distill nf-inspect; do
  $tool --help | awk 'length > 80'
done
