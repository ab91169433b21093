for tool in nf-train nf-sample nf-logprob nf-distill nf-inspect; do
  $tool --version | sed 's/: .*/: .../'
done
