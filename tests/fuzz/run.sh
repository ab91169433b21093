#!/usr/bin/env bash
# run.sh BUILD SECONDS: runs every fuzz target of BUILD so long, JOBS at a time, from its corpus. New inputs go to
# BUILD/fuzz/, never to the corpus; one that breaks something stays there as crash-*, timeout-* or oom-*.
set -u
build=$(cd "$1" && pwd) seconds=$2 here=$(cd "$(dirname "$0")" && pwd)
one() {
  local name work
  name=$(basename "$1") work=$build/fuzz/$(basename "$1")
  mkdir -p "$work"
  if "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$work/" -close_fd_mask=3 \
    "$work" "$here/corpus/$name" >"$work.log" 2>&1; then
    echo "$name: nothing found, $(grep -o '#[0-9]*' "$work.log" | tail -n 1 | tr -d '#') inputs"
  else
    echo "$name: FOUND, see $work.log"
    return 1
  fi
}
export -f one
export build seconds here
printf '%s\n' "$build"/tests/*_fuzz | xargs -P "${JOBS:-1}" -I{} bash -c 'one {}'
