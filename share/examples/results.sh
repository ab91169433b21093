#!/bin/bash
# Test log-likelihood of named flows on a folder of tables, trained for equal time on one thread each, two runs at once.
# usage: results.sh FOLDER SECONDS TABLE,... FLOW,... [TABLE,... FLOW,...]...
#   FOLDER holds NAME_train.csv, NAME_val.csv and NAME_test.csv of each TABLE.
# Prints Markdown: first the mean without the lowest 0.1 % of rows ± 2 standard errors, in nats and in the units of the data, a row a flow
# and a column a table; then each run with its plain mean, worst row, parameters, epochs and seconds.
set -euo pipefail
folder=$1 seconds=$2
shift 2
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

one() { # FOLDER SECONDS OUT TABLE FLOW: a line of tab-separated results
  local model=$3/$5-$4.nf log=$3/$5-$4.log
  nf-train --flow "$5" --doors none "$1/$4_train.csv" --valid "$1/$4_val.csv" --max-seconds "$2" -j1 -q --log-file "$log" -o "$model"
  nf-logprob -j1 "$model" "$1/$4_test.csv" --summary --to json |
    jq -r --arg flow "$5" --arg table "$4" --argjson epochs "$(wc -l <"$log")" \
      --argjson seconds "$(tail -1 "$log" | jq .seconds)" --argjson parameters "$(nf-inspect "$model" --json | jq .parameters)" '
      def places(n): . * pow(10; n) | round / pow(10; n);
      [$flow, $table, (.lower_trimmed_mean | places(3)), (2 * .lower_trimmed_error | places(3)), (.mean | places(2)),
       (.worst | places(0)), ."below_-50_nats", $parameters, $epochs, ($seconds | places(0))] | @tsv'
}
export -f one

while [ $# -ge 2 ]; do
  for flow in ${2//,/ }; do
    for table in ${1//,/ }; do echo "$table $flow"; done
  done
  shift 2
done | xargs -P 2 -L 1 bash -c 'one "$@"' _ "$folder" "$seconds" "$out" >"$out/results"

awk -F'\t' '
  { value[$1, $2] = $3 " ± " $4
    if (!($1 in flow)) { flow[$1]; flows[++n] = $1 }
    if (!($2 in table)) { table[$2]; tables[++m] = $2 } }
  END {
    printf "| flow |"; for (j = 1; j <= m; ++j) printf " %s |", tables[j]
    printf "\n|---|"; for (j = 1; j <= m; ++j) printf "---|"
    for (i = 1; i <= n; ++i) {
      printf "\n| %s |", flows[i]
      for (j = 1; j <= m; ++j) printf " %s |", value[flows[i], tables[j]]
    }
    print "" }' "$out/results"
echo
echo "| flow | table | without the lowest 0.1 % | ± | mean | worst row | rows below -50 | parameters | epochs | seconds |"
echo "|---|---|---|---|---|---|---|---|---|---|"
sort "$out/results" | awk -F'\t' '{ printf "|"; for (i = 1; i <= NF; ++i) printf " %s |", $i; print "" }'
