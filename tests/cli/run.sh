#!/usr/bin/env bash
# Golden command lines. A case is <tool>/<name>.sh; beside it stand what it prints (.out), what it says on stderr (.err) and
# its exit status (.status); a file that is not there means nothing printed, or 0.
#
# usage: run.sh BUILD_DIR [-j N] [--update] [--preserve] [TOOL/NAME]...     all cases by default; N at a time
#        run.sh BUILD_DIR --setup DIR                                       what cases find, made once ...
#        run.sh BUILD_DIR --with DIR TOOL/NAME                              ... and used
#
# A case that exits with 77 lacks a program that it needs: it says which, and is skipped.
#
# A case runs in a directory of its own with the tables and models of setup.sh in it; --preserve keeps those of cases that
# failed and says where they are. What training prints depends on the machine's vector instructions, so cases print
# relations between runs, never such numbers.
set -u
build=$(cd "$1" && pwd) && shift || exit 2
jobs=1 update= preserve= setup= only_setup=
while [ $# -gt 0 ]; do
  case $1 in
    -j) jobs=$2 && shift ;;
    --update) update=1 ;;
    --preserve) preserve=1 ;;
    --setup) only_setup=1 setup=$2 && shift ;;
    --with) setup=$(cd "$2" && pwd) && shift ;;
    -*) echo "run.sh: unknown option $1" >&2 && exit 2 ;;
    *) break ;;
  esac
  shift
done
here=$(cd "$(dirname "$0")" && pwd)
export PATH=$build:$PATH LC_ALL=C NF_SOURCE=$here/../..
unset NF_THREADS NF_SEED SOURCE_DATE_EPOCH
work=$(mktemp -d) && trap '[ -n "$preserve" ] && [ -e "$work/failed" ] || rm -rf "$work"' EXIT

prepare() { rm -rf "$1" && mkdir -p "$1" && (cd "$1" && bash -eu "$here/setup.sh") || { echo "setup failed"; exit 1; }; }
[ -z "$only_setup" ] || { prepare "$setup"; exit; }

# Writes $2 as the expected file $1, or removes that where there is nothing to expect.
keep() { if [ -s "$2" ]; then cp "$2" "$1"; else rm -f "$1"; fi; }

# One case in a directory; prints how it differs.
run_case() {
  local case=$1 dir=$2 base=$here/$1 status part expected bad=
  mkdir -p "$dir/run" && cp "$setup"/* "$dir/run"
  (cd "$dir/run" && bash "$base.sh" >"$dir/out" 2>"$dir/err" </dev/null)
  status=$?
  [ $status != 77 ] || { echo "skipped: $(cat "$dir/out")" && return 77; }
  if [ $status = 0 ]; then : >"$dir/status"; else echo $status >"$dir/status"; fi
  for part in out err status; do
    if [ -n "$update" ]; then keep "$base.$part" "$dir/$part" && continue; fi
    expected=$base.$part
    [ -e "$expected" ] || expected=/dev/null
    diff -u --label "expected $case.$part" --label "got" "$expected" "$dir/$part" || bad=1
  done
  [ -z "$bad" ] || return 1
}

if [ -n "$setup" ] && [ $# = 1 ]; then
  run_case "$1" "$work/case" >"$work/difference"
  status=$?
  [ $status = 0 ] || [ $status = 77 ] || : >"$work/failed"
  cat "$work/difference"
  [ ! -e "$work/failed" ] && exit $status
  [ -z "$preserve" ] || echo "$1 ran in $work/case/run"
  exit 1
fi

cases=("$@")
[ $# -gt 0 ] || mapfile -t cases < <(cd "$here" && ls -- */*.sh | sed 's/\.sh$//')
[ -n "$setup" ] || { setup=$work/setup && prepare "$setup"; }
printf '%s\n' "${cases[@]}" | xargs -P "$jobs" -I{} bash -c '"$@" || [ $? = 77 ] || echo {} >>"$0"' "$work/failures" \
  "$here/run.sh" "$build" ${update:+--update} ${preserve:+--preserve} --with "$setup" {}
[ -z "$update" ] || { echo "${#cases[@]} cases written"; exit; }
failed=0
[ ! -e "$work/failures" ] || failed=$(wc -l <"$work/failures")
[ ! -e "$work/failures" ] || sort "$work/failures" | sed 's/^/failed: /'
echo "$((${#cases[@]} - failed)) passed, $failed failed"
[ "$failed" = 0 ]
