#!/bin/bash
# Runs README.md's two commands, as printed there, on a Debian 12 on which nobody installed anything, and prints status and
# seconds of each. usage: bare.sh [SCRIPT]
# SCRIPT CHECKOUT COMMAND runs COMMAND in a copy of CHECKOUT on such a system; without one, a system is made by debootstrap
# (as root), and where that is not at hand either, this says so.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
script=${1:-} sibling=../shared/bin/bare.sh
[ -n "$script" ] || [ ! -x $sibling ] || script=$sibling
if [ -z "$script" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
    echo "no bare system to try: run this as root where debootstrap is installed, or give a script as BARE" >&2
    exit 1
  fi
  root=$(mktemp -d) && trap 'umount "$root/proc" 2>/dev/null; rm -rf --one-file-system "$root"' EXIT
  debootstrap --variant=minbase bookworm "$root" >"$root.log" || { tail -n 3 "$root.log" >&2; exit 1; }
  rm -f "$root.log"
  mount -t proc proc "$root/proc"
fi

# in_root COMMAND: in a copy of this checkout there.
in_root() {
  rm -rf "$root/root/nf-tools" && mkdir "$root/root/nf-tools"
  git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -C "$root/root/nf-tools" -xf -
  chroot "$root" /usr/bin/env -i PATH="$PATH" HOME=/root bash -c "cd ~/nf-tools; $1"
}

failed=0
mapfile -t commands < <(sed -n '/^## Two commands/,/^## /{/^```sh/,/^```/{/^```/!p}}' README.md)
for command in "${commands[@]}"; do
  began=$SECONDS
  if [ -n "$script" ]; then "$script" . "$command"; else in_root "$command"; fi
  status=$?
  echo "status $status, $((SECONDS - began)) s: $command"
  [ $status = 0 ] || failed=1
done
exit $failed
