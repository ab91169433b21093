#!/usr/bin/env bash
# Would the tests notice? Makes one careless edit at a time, builds, runs tests and tells who noticed.
#
# usage: mutate.sh [-q] [-d DIR] [PATTERN]      the faults of mutations.tsv whose line has PATTERN, all by default
#
# mutations.tsv has a fault a line: tests, file, from, to, separated by tabs. `from` stands in the file once and becomes
# `to`. `tests` are tried first (programs, and cli/<tool>/<name> for a command line); where they do not notice, all the
# tests are, unless -q. Work is done in a copy of the tree: DIR, kept, so that another run builds little; else a folder
# that is removed. Exit status 1 where more than one in twelve went unnoticed.
set -u
here=$(cd "$(dirname "$0")" && pwd) quick= work=
while getopts qd: option; do
  case $option in q) quick=1 ;; d) work=$OPTARG ;; *) exit 2 ;; esac
done
shift $((OPTIND - 1))
pattern=${1-} jobs=${JOBS:-$(nproc)}
[ -n "$work" ] || { work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT; }
mkdir -p "$work" || exit 2

# Files that did not change keep their times.
cd "$here/.." && git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  [ -e "$file" ] || continue
  cmp -s "$file" "$work/$file" || { mkdir -p "$work/$(dirname "$file")" && cp "$file" "$work/$file"; }
done
cd "$work" || exit 2
log=$work/mutate.log
cmake -G Ninja -S . -B build -DNF_TESTS=ON >"$log" 2>&1 && cmake --build build -j "$jobs" >>"$log" 2>&1 ||
  { tail -n 20 "$log"; exit 2; }

# FILE FROM TO: the one edit; status 2 where FROM does not stand there exactly once.
edit() {
  python3 - "$@" <<'PY'
import sys
path, old, new = sys.argv[1:]
text = open(path).read()
if text.count(old) != 1:
    sys.exit(f"{path}: {text.count(old)} places have {old!r}")
open(path, "w").write(text.replace(old, new))
PY
}

# Runs tests one by one; prints the first that fails.
noticed_by() {
  local test programs=() failed
  for test in "$@"; do [[ $test = cli/* ]] || programs+=("$test"); done
  [[ "$*" = *cli/* ]] && programs+=(tools)
  cmake --build build -j "$jobs" --target "${programs[@]}" >"$log" 2>&1 || { echo "the compiler"; return; }
  for test in "$@"; do
    case $test in
      cli/*) timeout 300 tests/cli/run.sh build "${test#cli/}" >"$log" 2>&1 || { echo "$test"; return; } ;;
      *) timeout 300 "$(find build/tests -name "$test" -type f)" >"$log" 2>&1 || { echo "$test"; return; } ;;
    esac
  done
  [ -n "$quick" ] && return
  cmake --build build -j "$jobs" >"$log" 2>&1 || { echo "the compiler"; return; }
  failed=$(ctest --test-dir build -j "$jobs" -LE slow --timeout 900 2>&1 | sed -n 's/^.*[0-9] - \([^ ]*\) (.*$/\1/p' | head -n 1)
  echo "$failed"
}

total=0 noticed=0
while IFS=$'\t' read -r tests file from to; do
  [[ -z $tests || $tests = \#* ]] && continue
  [[ "$tests $file $from $to" = *"$pattern"* ]] || continue
  total=$((total + 1))
  cp "$file" "$work/original"
  edit "$file" "$from" "$to" || exit 2
  who=$(noticed_by $tests)
  cp "$work/original" "$file" # newer than what was built from the fault
  [ -n "$who" ] && noticed=$((noticed + 1))
  printf '%-28s %s: %s -> %s\n' "${who:-NOBODY}" "$file" "$from" "${to:-(nothing)}"
done <"$here/mutations.tsv"
echo "$noticed of $total noticed"
[ $((12 * (total - noticed))) -le "$total" ]
