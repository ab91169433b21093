#!/usr/bin/env bash
# Writes the shells' completion files, from the tools found in PATH, into the directory given or this one.
set -eu
cd "${1:-$(dirname "$0")}"
mkdir -p bash zsh fish
for tool in nf-train nf-sample nf-logprob nf-distill nf-inspect; do
  $tool --completion bash > bash/$tool
  $tool --completion zsh > zsh/_$tool
  $tool --completion fish > fish/$tool.fish
done
