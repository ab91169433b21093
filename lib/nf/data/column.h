#pragma once
// Doors between a table's columns and a flow's standardised ones, in double: x' = (x - mean) / scale; on a circle of
// period 2 pi scale around mean, x' is taken into (-pi, pi].
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "nf/core/pass.h"
#include "nf/core/spec.h"

namespace nf {
inline namespace NF_PRECISION {

struct Column {
  std::string name;  // may be empty
  double mean = 0, scale = 1;
  bool circle = false;

  double enter(double value) const { return circle ? on_circle((value - mean) / scale) : (value - mean) / scale; }
  // On a circle the result, and its rounding to float, lie within the period: (mean - pi scale, mean + pi scale].
  double leave(double value) const;
  // A float would lose digits that the spread needs, or could not hold the values.
  bool wide() const { return std::abs(mean) > 1e3 * scale || scale < 1e-30 || scale > 1e30; }

 private:
  static double on_circle(double angle);
};

// Standardised rows.
struct Data {
  Batch x, c;                  // c has no columns for an unconditional flow
  std::vector<double> weight;  // one a row, or empty: all 1
  Eigen::Index rows() const { return x.rows(); }
};

std::vector<std::string> names(const std::vector<Column>& columns);
Json to_json(const std::vector<Column>& doors);  // as the model file has them

// Standardises `rows` rows (row-major, one column a door) into a batch.
Batch standardise(const std::vector<Column>& doors, const double* values, std::int64_t rows);
void standardise_tile(const std::vector<Column>& doors, const double* values, int rows, Tile tile);
void restore_tile(const std::vector<Column>& doors, TileIn tile, int rows, double* values);

}  // namespace NF_PRECISION
}  // namespace nf
