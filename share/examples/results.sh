#!/bin/bash
# Test log-likelihood of named flows on a folder of tables, trained for equal time on one thread each.
# usage: results.sh FOLDER SECONDS FLOW...    FOLDER holds NAME_train.csv, NAME_val.csv, NAME_test.csv; two runs at a time
# Prints Markdown: the 0.1 %-trimmed mean ± 2 standard errors and the plain mean in nats, in the units of the data.
set -euo pipefail
folder=$1 seconds=$2
shift 2
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

one() { # FOLDER SECONDS OUT FLOW TABLE
  local model=$3/$4-$5.nf log=$3/$4-$5.log
  nf-train --flow "$4" "$1/$5_train.csv" --valid "$1/$5_val.csv" --max-seconds "$2" -j1 -q --log "$log" -o "$model"
  nf-logprob -j1 "$model" "$1/$5_test.csv" --summary --to json |
    jq -r --arg flow "$4" --arg table "$5" --argjson epochs "$(wc -l <"$log")" \
      --argjson parameters "$(nf-inspect "$model" --json | jq .parameters)" '
      def places(n): . * pow(10; n) | round / pow(10; n);
      "| \($table) | \($flow) | \(.trimmed_mean | places(3)) ± \(2 * .trimmed_standard_error | places(3)) | \(.mean | places(2)) | \(.worst | places(0)) | \(."below_-50_nats") | \($epochs) | \($parameters) |"'
}
export -f one

echo "| table | flow | trimmed ± 2 s.e. | mean | worst row | rows below -50 | epochs | parameters |"
echo "|---|---|---|---|---|---|---|---|"
for flow in "$@"; do
  for train in "$folder"/*_train.csv; do
    table=$(basename "$train" _train.csv)
    [ -e "$folder/${table}_test.csv" ] && echo "$flow $table"
  done
done | xargs -P 2 -L 1 bash -c 'one "$@"' _ "$folder" "$seconds" "$out" | sort
