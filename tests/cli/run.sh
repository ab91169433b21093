#!/usr/bin/env bash
# Golden command lines. A case is <tool>/<name>.sh; beside it stand what it prints (.out), what it says on stderr (.err) and
# its exit status (.status); a file that is not there means nothing printed, or 0.
#
# usage: run.sh BUILD_DIR [--update] [TOOL/NAME]...
#
# A case runs in a directory of its own with the tables and models of setup.sh in it. What training prints depends on the
# machine's vector instructions, so cases print relations between runs, never such numbers.
set -u
build=$(cd "$1" && pwd) && shift || exit 2
update=
if [ "${1-}" = --update ]; then update=1 && shift; fi
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
export PATH=$build:$PATH LC_ALL=C NF_SOURCE=$here/../..
unset NF_THREADS NF_SEED SOURCE_DATE_EPOCH

mkdir "$work/setup" && (cd "$work/setup" && bash -eu "$here/setup.sh") || { echo "setup failed"; exit 1; }

cases=("$@")
[ $# -gt 0 ] || mapfile -t cases < <(cd "$here" && ls -- */*.sh | sed 's/\.sh$//')

# Writes $2 as the expected file $1, or removes that where there is nothing to expect.
keep() { if [ -s "$2" ]; then cp "$2" "$1"; else rm -f "$1"; fi; }

passed=0 failed=0
for case in "${cases[@]}"; do
  base=$here/$case got=$work/got cwd=$work/run
  rm -rf "$cwd" && mkdir "$cwd" && ln -s "$work"/setup/* "$cwd"
  (cd "$cwd" && bash "$base.sh" > "$got.out" 2> "$got.err" < /dev/null)
  status=$?
  if [ $status = 0 ]; then : > "$got.status"; else echo $status > "$got.status"; fi
  if [ -n "$update" ]; then
    for part in out err status; do keep "$base.$part" "$got.$part"; done
    continue
  fi
  bad=
  for part in out err status; do
    expected=$base.$part
    [ -e "$expected" ] || expected=/dev/null
    diff -u --label "expected $case.$part" --label "got" "$expected" "$got.$part" || bad=1
  done
  if [ -n "$bad" ]; then failed=$((failed + 1)); else passed=$((passed + 1)); fi
done
[ -n "$update" ] && { echo "${#cases[@]} cases written"; exit; }
echo "$passed passed, $failed failed"
[ $failed = 0 ]
