# Help goes to stdout, whatever else is there, and begins with how to use the tool.
for tool in nf-train nf-sample nf-logprob nf-distill nf-inspect; do
  $tool --wrong -o --help | head -9
done
