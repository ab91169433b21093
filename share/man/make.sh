#!/usr/bin/env bash
# Writes the man pages of the tools found in PATH into the directory given or man1 beside this script.
set -eu
cd "${1:-$(dirname "$0")/man1}"
for tool in nf-train nf-sample nf-logprob nf-distill nf-inspect; do
  $tool --man >$tool.1
done
