#pragma once
// A table's columns: each has a name and a door to the flow's features.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {

struct Column {
  std::string name = {};                            // may be empty
  std::shared_ptr<const Door> door = plain_door();  // never null
};

class Redraw;

// Rows as a flow sees them.
struct Data {
  Batch x, c;                        // features; c, as a context has them, has none for an unconditional flow
  std::vector<double> weight = {};   // one a row, or empty: all 1
  std::vector<double> log_det = {};  // what the doors of x add to each row's log-density; empty: nothing
  double mean_log_det = 0;           // its weighted mean
  std::shared_ptr<const Redraw> redraw = nullptr;  // draws anew what doors drew; null: they drew nothing
  Eigen::Index rows() const { return x.rows(); }
};

double mean_log_det(const Data& data);
std::vector<std::string> names(const std::vector<Column>& columns);
Json to_json(const std::vector<Column>& columns);  // as the model file has them
// Of all columns together, side by side; gates count from the first.
std::vector<Feature> features(const std::vector<Column>& columns);
int num_features(const std::vector<Column>& columns);
// As a context has them: a feature of levels is as many columns, of which one is 1 and the others 0.
int context_width(const std::vector<Column>& columns);
bool exact(const std::vector<Column>& columns);  // all doors are

// Through the doors, `values` row-major, a cell a column; else as Door has it. Each column has its own noise.
void enter(const std::vector<Column>& columns, const Noise& noise, const double* values, int rows, Tile x, LogDet& ld);
// Of the columns that are chosen; the features of others stay as they are.
void enter(const std::vector<Column>& columns, const std::vector<bool>& chosen, const Noise& noise,
           const double* values, int rows, Tile x, LogDet& ld);
void leave(const std::vector<Column>& columns, const Noise& noise, TileIn x, int rows, double* values, LogDet& ld);
// Any number of rows, of which values(r) gives one; log_det, if there is one, gets what the doors add to each.
Batch enter_rows(const std::vector<Column>& columns, std::int64_t rows,
                 const std::function<const double*(std::int64_t)>& values, std::vector<double>* log_det = nullptr);
Batch enter_rows(const std::vector<Column>& columns, const double* values, std::int64_t rows);
// As a context.
void enter_context(const std::vector<Column>& columns, const Noise& noise, const double* values, int rows, Tile c,
                   Stack& memory);
Batch enter_context_rows(const std::vector<Column>& columns, std::int64_t rows,
                         const std::function<const double*(std::int64_t)>& values);
std::vector<double> leave_rows(const std::vector<Column>& columns, const Batch& x);

}  // namespace NF_PRECISION
}  // namespace nf
