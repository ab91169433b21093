# share/examples/embed, which README shows, trains, saves, loads and draws: against the installed headers and library,
# found by CMake and by pkg-config. Its model is nf-logprob's. As a subproject the library comes alone. The documents
# that help texts name are installed.
build=$(dirname "$(command -v nf-logprob)") example=$NF_SOURCE/share/examples/embed
sed -n '/^```cpp$/,/^```$/{/^```/!p}' "$NF_SOURCE/README.md" | cmp - "$example/embed.cc"
cmake --install "$build" --prefix "$PWD/prefix" > /dev/null
sanitize=
if grep -q '^NF_SANITIZE:.*=ON' "$build/CMakeCache.txt"; then sanitize=-fsanitize=address,undefined; fi
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[^=]*=//p' "$build/CMakeCache.txt")

cmake -S "$example" -B by-cmake -DCMAKE_PREFIX_PATH="$PWD/prefix" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS="$sanitize" > /dev/null && cmake --build by-cmake > /dev/null
export PKG_CONFIG_PATH=$(dirname "$(find prefix -name nf.pc)")
pkg-config --cflags nf | grep -o std=c++20
$compiler $sanitize "$example/embed.cc" $(pkg-config --cflags --libs nf) -o by-pkg-config

cp ab.csv table.csv
by-cmake/embed table.csv by-cmake.nf > printed
./by-pkg-config table.csv by-pkg-config.nf | cmp - printed
cmp by-cmake.nf by-pkg-config.nf
grep -c . printed
head -n 2 table.csv | nf-logprob by-cmake.nf - | tail -n 1 | paste - <(sed -n 's/^log-density of the first row: //p' printed) |
  awk '{ print $1 - $2 < 1e-3 && $2 - $1 < 1e-3 ? "agree" : $0 }'
by-cmake/embed no-such-table.csv x.nf

mkdir parent && cat > parent/CMakeLists.txt << 'END'
cmake_minimum_required(VERSION 3.25)
project(parent LANGUAGES CXX)
add_subdirectory(${NF} nf)
add_executable(embed ${NF}/share/examples/embed/embed.cc)
target_link_libraries(embed PRIVATE nf::nf)
END
cmake -S parent -B parent/build -DNF="$NF_SOURCE" -DCMAKE_CXX_COMPILER="$compiler" > /dev/null
cmake --build parent/build --target help | grep -cE '^\S* ?(tools|nf-train|nf_cli|benches)(:|$)'
(cd prefix/share/doc/nf-tools && ls -d LICENSE target-protocol.md examples/demo.sh)
find prefix/include -name '*-inl.h'
