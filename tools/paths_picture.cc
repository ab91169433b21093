// paths_picture.cc -- the ways of rows through a continuous flow, from noise to data.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "nf/nets/along_field.h"
#include "nf/train/straight_ways.h"
#include "pictures.h"
#include "plot_axis.h"
#include "tables.h"

namespace nf::cli {
namespace {

constexpr std::size_t kWays = 5 * kTile;
constexpr int kSteps = 32;

// One or two of the model's own.
std::vector<std::size_t> drawn_columns(const Cli& cli, const Model& model) {
  const std::vector<std::string> all = names(model.columns), wanted = cli.list("columns");
  std::vector<std::size_t> drawn;
  for (const std::string& name : wanted) {
    const auto at = std::find(all.begin(), all.end(), name);
    if (at == all.end()) throw Error("--columns: " + unknown("column", name, all));
    drawn.push_back(static_cast<std::size_t>(at - all.begin()));
  }
  if (drawn.size() > 2) throw UsageError(fmt::format("--columns: {} columns; paths are drawn in two", drawn.size()));
  if (!wanted.empty()) return drawn;
  if (all.size() > 2) cli.note("the first 2 columns are shown; --columns chooses others");
  for (std::size_t j = 0; j < std::min<std::size_t>(all.size(), 2); ++j) drawn.push_back(j);
  return drawn;
}

// The rows' values in data units at kSteps + 1 times, from data to noise: a time after another, a row after another.
std::vector<double> ways_of(const Model& model, Stack& stack, const Vector& prepared, const ScoredRows& rows,
                            std::size_t first, int count) {
  const Flow& flow = model.flow;
  const auto dim = static_cast<std::ptrdiff_t>(model.columns.size());
  const auto given = static_cast<std::ptrdiff_t>(model.context.size());
  Scratch scratch(stack);
  Tile x = scratch.tile(flow.dim()), at = scratch.tile(flow.dim()), c = scratch.tile(flow.context());
  Real* const states = scratch.get((kSteps + 1) * flow.dim());
  const Noise noise{0, first};
  LogDet unused = LogDet::Zero();
  const auto row = static_cast<std::ptrdiff_t>(first);
  enter(model.columns, noise, rows.rows.x.data() + row * dim, count, x, unused);
  if (given > 0) enter_context(model.context, noise, rows.rows.c.data() + row * given, count, c, stack);
  Pass pass{.theta = model.theta.data(),
            .context = c.data(),
            .rows = count,
            .noise = noise,
            .prepared = prepared.data(),
            .scratch = &stack};
  StraightWays(flow).arrive(pass, in(x), at);
  Times times;
  times.steps = kSteps;
  for (int n = 0; n <= kSteps; ++n) times.common[n] = 1 - static_cast<double>(n) / kSteps;
  const Tableau method = rk4_tableau();
  AlongField(*flow.layers().back()->field(), flow.dim())
      .run({pass, method}, times, in(at), Tile(states + kSteps * kTile * flow.dim(), kTile, flow.dim()), nullptr,
           states);
  std::vector<double> values(static_cast<std::size_t>((kSteps + 1) * count * dim));
  for (int n = 0; n <= kSteps; ++n) {
    at = TileIn(states + std::ptrdiff_t{n} * kTile * flow.dim(), kTile, flow.dim());
    for (std::size_t l = flow.layers().size() - 1; l-- > 0;) {
      x = at;
      flow.layers()[l]->inverse(pass, in(x), at, unused);
    }
    leave(model.columns, noise, in(at), count, values.data() + std::ptrdiff_t{n} * count * dim, unused);
  }
  return values;
}

// kWays of the rows at most, from all over the table.
ScoredRows thinned(const ScoredRows& all, std::size_t dim, std::size_t context) {
  ScoredRows some;
  some.count = std::min(kWays, all.count);
  for (std::size_t r = 0; r < some.count; ++r) {
    const std::size_t from = r * all.count / some.count;
    std::copy_n(all.rows.x.data() + from * dim, dim, std::back_inserter(some.rows.x));
    std::copy_n(all.rows.c.data() + from * context, context, std::back_inserter(some.rows.c));
  }
  return some;
}

}  // namespace

Picture paths_picture(const Cli& cli, const Model& model, const ShownRows& rows) {
  if (const std::string why = without_ways(model.flow); !why.empty())
    throw Error("--of paths: the model is no continuous flow: " + why);
  const std::vector<std::size_t> columns = drawn_columns(cli, model);
  const std::size_t dim = model.columns.size(), x = columns[0], y = columns.back();
  const bool by_time = columns.size() == 1;
  const ScoredRows shown = thinned(rows.first(), dim, model.context.size());
  Stack stack;
  Vector prepared;
  model.flow.prepare(model.theta.data(), stack, prepared);
  std::string lines;
  for (std::size_t first = 0; first < shown.count; first += kTile) {
    const auto count = static_cast<int>(std::min<std::size_t>(kTile, shown.count - first));
    const std::vector<double> values = ways_of(model, stack, prepared, shown, first, count);
    for (std::size_t r = 0; r < static_cast<std::size_t>(count); ++r) {
      for (int n = 0; n <= kSteps; ++n) {
        const double* const row = values.data() + (static_cast<std::size_t>(n * count) + r) * dim;
        const double t = 1 - static_cast<double>(n) / kSteps;
        fmt::format_to(std::back_inserter(lines), "{:.6g} {:.6g} {:.4g}\n", by_time ? t : row[x], row[y], t);
      }
      lines += '\n';
    }
  }
  const auto name = [&](std::size_t j) {
    const std::string& own = model.columns[j].name;
    return own.empty() ? std::to_string(j + 1) : own;
  };
  Picture picture{.plot = "paths", .wide = 640, .tall = 600, .lines = 40};
  picture.values.set("x_label", by_time ? std::string("t, from noise to data") : name(x));
  picture.values.set("y_label", name(y));
  picture.values.block("ways", lines);
  return picture;
}

}  // namespace nf::cli
