#!/bin/sh
# install-packages.sh build|test|PACKAGE...: installs those Debian packages that building needs, or building and testing,
# or those named, where they are missing; says exactly what to install where it cannot. With --list it only says what is
# needed.
build="make g++ cmake ninja-build pkg-config libeigen3-dev libcxxopts-dev nlohmann-json3-dev libfmt-dev libhwy-dev \
libtbb-dev zlib1g-dev libzstd-dev"
test="libboost-test-dev librandom123-dev libcsv-dev jq python3 python3-numpy gnuplot-nox"

list=
if [ "$1" = --list ]; then list=1; shift; fi
case $1 in
  build) needed=$build ;;
  test) needed="$build $test" ;;
  *) needed=$* ;;
esac
if [ -n "$list" ]; then
  echo "to $1, these Debian packages, or what your system calls them, are needed: $needed" >&2
  exit 0
fi
# Elsewhere configuring finds out what is missing.
command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || exit 0

missing=
for package in $needed; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then as_root=; elif command -v sudo >/dev/null; then as_root=sudo; else
  echo "some packages are missing, and you are neither root nor is there sudo. As root, run: apt-get update && $install" >&2
  exit 1
fi
echo "installing:$missing"
$as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive $install -qq >/dev/null && exit 0
echo "some packages are missing and could not be installed. As root, run: apt-get update && $install" >&2
exit 1
