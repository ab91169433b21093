#pragma once
// Whether a model's numbers can be trusted at given rows: round trip, log-determinant, float against double.
#include <span>
#include <string>
#include <vector>

#include "cli.h"
#include "nf/model/model.h"

namespace nf::cli {

struct CheckLine {
  std::string what;
  double value = 0;
  double limit = 0;  // 0: only shown
  bool failed() const { return limit > 0 && !(value <= limit); }
};

// Of a table, as a model has them: x: rows x columns, c: rows x context columns, in data units.
struct Rows {
  std::vector<double> x, c;
};
Rows read_rows(const Cli& cli, const Model& model, const std::string& path);  // throws Error where there are none

// x: rows x dim, c: rows x context, in data units; file: the bytes the model came from.
std::vector<CheckLine> check_model(const Model& model, std::span<const std::byte> file, const std::vector<double>& x,
                                   const std::vector<double>& c, int threads);
// At the rows of the second operand or, without one, at samples of the model.
std::vector<CheckLine> check_model(const Cli& cli, const Model& model, const std::string& file);
std::string check_text(const std::vector<CheckLine>& lines, bool json);

}  // namespace nf::cli
