# README's C++ example compiles as printed, with what nf.pc gives, against the installed headers and library, and agrees
# with nf-logprob. The documents that help texts name are installed.
build=$(dirname "$(command -v nf-logprob)")
cmake --install "$build" --prefix "$PWD/prefix" > /dev/null
sed -n '/^```cpp$/,/^```$/{/^```/!p}' "$NF_SOURCE/README.md" > score.cc
export PKG_CONFIG_PATH=$(dirname "$(find prefix -name nf.pc)")
pkg-config --cflags nf | grep -o std=c++20
sanitize=
if grep -q '^NF_SANITIZE:.*=ON' "$build/CMakeCache.txt"; then sanitize=-fsanitize=address,undefined; fi
c++ $sanitize score.cc $(pkg-config --cflags --libs nf) -o score
printf 'a,b\n1,1\n' | nf-logprob maf.nf - > expected
./score maf.nf | paste - <(tail -n 1 expected) | awk '{ print $1 - $2 < 1e-3 && $2 - $1 < 1e-3 ? "agree" : $0 }'
(cd prefix/share/doc/nf-tools && ls -d LICENSE target-protocol.md examples/demo.sh)
