#!/bin/sh
# Installs those of the named Debian packages that are missing; says exactly what to install where it cannot.
missing=
for package in "$@"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null; then
  echo "these Debian packages, or what your system calls them, are needed:$missing" >&2
  exit 1
fi
if [ "$(id -u)" = 0 ]; then as_root=; elif command -v sudo >/dev/null; then as_root=sudo; else
  echo "as root, run: apt-get install --no-install-recommends$missing" >&2
  exit 1
fi
echo "installing:$missing"
$as_root apt-get update -qq &&
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
