#pragma once
// Doors of a sample's columns: how each is standardised.
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

// Measured on some rows, weighted: mean and standard deviation, unless a few values are so far out that float could no
// longer tell the others apart: then the median, and a width of the middle. Throws ConstantColumn
// where one does not vary.
// `constant`, if there is one, is told of each such column, which is left out instead.
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
