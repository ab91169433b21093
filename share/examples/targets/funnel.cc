// Neal's funnel for nf-train --target-cmd ./funnel --frames npy: x1 normal with spread 3, the others normal with the
// variance exp(x1). NPY frames in, NPY frames out, with nothing but the standard library.
// build: c++ -O2 -o funnel funnel.cc
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

// The shape of the array whose header is next on standard input; false at its end.
static bool read_header(long& rows, long& columns) {
  unsigned char start[10];
  if (std::fread(start, 1, sizeof start, stdin) != sizeof start) return false;
  std::string text(start[8] + 256u * start[9], ' ');
  if (std::fread(text.data(), 1, text.size(), stdin) != text.size()) return false;
  const std::size_t shape = text.find("'shape': (");
  return shape != std::string::npos && std::sscanf(text.c_str() + shape, "'shape': (%ld, %ld", &rows, &columns) == 2;
}

static void write_header(long rows, long columns) {
  char text[119];  // and 10 bytes before, 128 in all with the line's end
  const int n = std::snprintf(text, sizeof text, "{'descr': '<f8', 'fortran_order': False, 'shape': (%ld, %ld), }",
                              rows, columns);
  std::memset(text + n, ' ', static_cast<std::size_t>(117 - n));
  text[117] = '\n';
  std::fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, stdout);
  std::fwrite(text, 1, 118, stdout);
}

int main() {
  long rows = 0, columns = 0;
  while (read_header(rows, columns)) {
    std::vector<double> x(static_cast<std::size_t>(columns)), answer(static_cast<std::size_t>(columns) + 1);
    write_header(rows, columns + 1);
    for (long r = 0; r < rows; ++r) {
      if (std::fread(x.data(), sizeof(double), x.size(), stdin) != x.size()) return EXIT_FAILURE;
      const double precision = std::exp(-x[0]);
      answer[0] = -x[0] * x[0] / 18;
      answer[1] = -x[0] / 9;
      for (std::size_t j = 1; j < x.size(); ++j) {
        answer[0] -= (x[j] * x[j] * precision + x[0]) / 2;
        answer[1] += (x[j] * x[j] * precision - 1) / 2;
        answer[j + 1] = -x[j] * precision;
      }
      std::fwrite(answer.data(), sizeof(double), answer.size(), stdout);
    }
    std::fflush(stdout);
  }
}
