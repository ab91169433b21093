#pragma once
// The doors of a sample's columns.
#include <functional>
#include <vector>

#include "nf/core/error.h"
#include "nf/data/column.h"
#include "nf/data/sample.h"

namespace nf {
inline namespace NF_PRECISION {

struct Doors {
  std::vector<Column> x, c;
  std::vector<std::size_t> x_kept, c_kept;  // which of the table's columns they belong to
};

// Measured on some rows, as the sample wishes (measure_door). `constant`, if there is one, is told of each column that
// does not vary, which is left out; else ConstantColumn is thrown.
Doors measure_doors(const Sample& table, const std::vector<std::size_t>& rows,
                    const std::function<void(std::size_t column)>& constant = {});
// Those that there are, for a sample of just these columns.
Doors doors_as(const std::vector<Column>& x, const std::vector<Column>& c);

// A column that does not vary, where none may be left out.
class ConstantColumn : public Error {
 public:
  using Error::Error;
};

}  // namespace NF_PRECISION
}  // namespace nf
