#include "nf/flow/model.h"

#include "nf/core/constants.h"

#include <cmath>
#include <limits>

namespace nf {
inline namespace NF_PRECISION {

double Column::on_circle(double angle) { return angle - 2 * kPi * std::ceil((angle - kPi) / (2 * kPi)); }

double Column::leave(double value) const {
  if (!circle) return value * scale + mean;
  const double low = mean - kPi * scale, high = mean + kPi * scale, inside = on_circle(value) * scale + mean;
  const auto narrow = static_cast<float>(inside);
  if (static_cast<double>(narrow) > high) return static_cast<double>(std::nextafter(narrow, -INFINITY));
  if (!(static_cast<double>(narrow) > low)) return static_cast<double>(std::nextafter(narrow, INFINITY));
  return inside;
}

namespace {

std::vector<Column> doors_of(const Flow& flow) {
  std::vector<Column> doors(flow.dim());
  for (int j = 0; j < flow.dim(); ++j) doors[j].circle = flow.is_circle(j);
  return doors;
}

}  // namespace

Model::Model(const Json& spec, std::uint64_t seed)
    : flow(spec), theta(flow.init(seed)), columns(doors_of(flow)), context(flow.context()) {}

Model::Model(Flow whole, Vector numbers)
    : flow(std::move(whole)), theta(std::move(numbers)), columns(doors_of(flow)), context(flow.context()) {}

double Model::door_log_det() const {
  double sum = 0;
  for (const Column& column : columns) sum -= std::log(column.scale);
  return sum;
}

std::vector<std::string> names(const std::vector<Column>& columns) {
  std::vector<std::string> result;
  for (const Column& column : columns) result.push_back(column.name);
  return result;
}

Batch standardise(const std::vector<Column>& doors, const double* values, std::int64_t rows) {
  const auto width = static_cast<std::int64_t>(doors.size());
  Batch batch(rows, width);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t j = 0; j < width; ++j)
      batch(r, j) = static_cast<Real>(doors[j].enter(values[r * width + j]));
  return batch;
}

void standardise_tile(const std::vector<Column>& doors, const double* values, int rows, Tile tile) {
  const auto width = doors.size();
  for (std::size_t j = 0; j < width; ++j) {
    const Column& door = doors[j];
    Real* to = tile.data() + kTile * j;
    for (int r = 0; r < kTile; ++r)
      to[r] = static_cast<Real>(door.enter(values[static_cast<std::size_t>(std::min(r, rows - 1)) * width + j]));
  }
}

void restore_tile(const std::vector<Column>& doors, TileIn tile, int rows, double* values) {
  const auto width = doors.size();
  for (std::size_t j = 0; j < width; ++j)
    for (int r = 0; r < rows; ++r)
      values[static_cast<std::size_t>(r) * width + j] =
          doors[j].leave(static_cast<double>(tile(r, static_cast<Eigen::Index>(j))));
}

Runner::Runner(const Model& model, int threads)
    : model_(model), pool_(threads), memory_(pool_.threads()) {}

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// A density that is no number at a row that is one came from an overflow on the way: far outside the data.
double settle(double lp) { return std::isnan(lp) ? -std::numeric_limits<double>::infinity() : lp; }

int tiles_of(int rows) { return (rows + kTile - 1) / kTile; }

}  // namespace

void Runner::log_prob(const double* x, const double* c, int rows, double* lp, double* z) {
  const int dim = model_.flow.dim(), context = model_.flow.context();
  const double door = model_.door_log_det();
  pool_.run(tiles_of(rows), [&](int task, int worker) {
    Stack& stack = memory_[worker].scratch;
    Scratch scratch(stack);
    Tile xs = scratch.tile(dim), zs = scratch.tile(dim), cs = scratch.tile(context);
    const int first = task * kTile, real = std::min(kTile, rows - first);
    const double* xt = x + static_cast<std::ptrdiff_t>(first) * dim;
    const double* ct = c ? c + static_cast<std::ptrdiff_t>(first) * context : nullptr;
    standardise_tile(model_.columns, xt, real, xs);
    if (context > 0) standardise_tile(model_.context, ct, real, cs);
    Pass pass{.theta = model_.theta.data(), .context = cs.data(), .rows = real, .scratch = &stack};
    LogDet sum = LogDet::Constant(door);
    model_.flow.log_prob(pass, in(xs), zs, sum);
    for (int r = 0; r < real; ++r) {
      bool missing = false;
      for (int j = 0; j < dim; ++j) missing = missing || std::isnan(xt[r * dim + j]);
      for (int j = 0; j < context; ++j) missing = missing || std::isnan(ct[r * context + j]);
      lp[first + r] = missing ? kNan : settle(sum(r));
      for (int j = 0; z && j < dim; ++j)
        z[static_cast<std::ptrdiff_t>(first + r) * dim + j] = missing ? kNan : static_cast<double>(zs(r, j));
    }
  });
}

template <class Fill>
void Runner::generate(int rows, const double* c, double* x, double* lp, double temperature, Fill fill) {
  const int dim = model_.flow.dim(), context = model_.flow.context();
  const double door = model_.door_log_det();
  pool_.run(tiles_of(rows), [&](int task, int worker) {
    Stack& stack = memory_[worker].scratch;
    Scratch scratch(stack);
    Tile xs = scratch.tile(dim), zs = scratch.tile(dim), cs = scratch.tile(context);
    const int first = task * kTile, real = std::min(kTile, rows - first);
    if (context > 0) standardise_tile(model_.context, c + static_cast<std::ptrdiff_t>(first) * context, real, cs);
    Pass pass{.theta = model_.theta.data(), .context = cs.data(), .rows = real, .scratch = &stack};
    fill(pass, first, real, zs);
    if (temperature != 1) zs *= static_cast<Real>(temperature);
    LogDet sum = LogDet::Zero();
    model_.flow.decode(pass, in(zs), xs, sum);
    restore_tile(model_.columns, in(xs), real, x + static_cast<std::ptrdiff_t>(first) * dim);
    if (!lp) return;
    sum = door - sum;  // decode's log-det is minus encode's
    model_.flow.base().log_prob(pass, in(zs), sum);
    for (int r = 0; r < real; ++r) lp[first + r] = settle(sum(r));
  });
}

void Runner::sample(std::uint64_t seed, std::uint64_t first_row, const double* c, int rows, double temperature,
                    double* x, double* lp) {
  const Random random{seed};
  generate(rows, c, x, lp, temperature, [&](Pass& pass, int first, int, Tile z) {
    model_.flow.base().sample(pass, random, Stream::kBase, first_row + static_cast<std::uint64_t>(first), z);
  });
}

void Runner::decode(const double* z, const double* c, int rows, double* x, double* lp) {
  const int dim = model_.flow.dim();
  generate(rows, c, x, lp, 1, [&](Pass&, int first, int real, Tile tile) {
    for (int r = 0; r < kTile; ++r)
      for (int j = 0; j < dim; ++j)
        tile(r, j) = static_cast<Real>(z[static_cast<std::ptrdiff_t>(first + std::min(r, real - 1)) * dim + j]);
  });
}

}  // namespace NF_PRECISION
}  // namespace nf
