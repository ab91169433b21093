#!/bin/bash
# Every loss of nf-distill on one teacher for equal time, on one thread, as a Markdown table.
# usage: losses.sh SECONDS TEACHER TRAIN VALID TEST
# Needs the nf tools in PATH, and jq.
set -euo pipefail
seconds=$1 teacher=$2 training=$3 valid=$4 test=$5
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

trimmed() { nf-logprob -j1 "$1" "$test" --summary --to json | jq '.lower_trimmed_mean'; }
limit=$(trimmed "$teacher")
printf '| loss | KL(student ‖ teacher) | test log-likelihood, less the teacher'\''s %.3f | worst row | epochs |\n' "$limit"
echo "|---|---|---|---|---|"
while read -r options; do
  # shellcheck disable=SC2086
  nf-distill -q -j1 "$teacher" "$training" --valid "$valid" --max-seconds "$seconds" $options -o "$out/s.nf"
  summary=$(nf-logprob -j1 "$out/s.nf" "$test" --summary --to json)
  nf-inspect "$out/s.nf" --json | jq -r --argjson s "$summary" --argjson limit "$limit" --arg options "$options" '
    def round(n): . * pow(10; n) | round / pow(10; n);
    .training | "| \($options) | \(.best_valid | round(3)) ± \(2 * .best_valid_error | round(3)) | \(
      $s.lower_trimmed_mean - $limit | round(3)) | \($s.worst | round) | \(.epochs) |"'
done <<'END'
--loss xz
--loss xz --guide states
--loss xz --guide full
--loss kl
--loss kl,scales=4
--loss forward-kl
--loss forward-kl,xz
--loss forward-kl,kl
--loss xz --finish kl
--loss forward-kl --finish kl
--loss forward-kl --finish forward-kl,kl
END
