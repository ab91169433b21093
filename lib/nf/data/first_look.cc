#include "nf/data/first_look.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <functional>

#include "nf/data/profile.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

using Rows = std::vector<std::size_t>;

constexpr std::size_t kFewRows = 20;   // too few to judge by
constexpr std::size_t kMostLines = 3;  // of one kind

// The door leaves a density of the values themselves.
bool is_measured(const Json& door) {
  if (door.is_null()) return true;
  const Json kind = door.is_object() ? door.value("kind", Json()) : door;
  for (const char* one : {"standardise", "log", "logit", "asinh", "rank"})
    if (kind == one) return true;
  return false;
}

bool has_few_values(const Profile& column, std::size_t rows) {
  return rows >= kFewRows && column.varies() && column.runs.size() <= rows / (column.whole ? 3 : 10);
}

std::string few_values(const Sample& table, std::size_t j, const Profile& column, std::size_t rows) {
  return fmt::format("column {} holds {} different values in {} rows{}: its density can grow without limit",
                     table.label(j), column.runs.size(), rows, column.whole ? ", all whole numbers" : "");
}

std::string wild_values(const Sample& table, std::size_t j, const Profile& column) {
  constexpr double kFar = 1e3;
  if (const Marks marks = find_marks(column); !marks.runs.empty()) {
    std::string text;
    for (const Profile::Run& run : marks.runs)
      text += fmt::format("{}{} values of {:.6g}", text.empty() ? "" : ", ", run.count, run.value);
    return fmt::format("column {}: {} are far outside the others, the nearest of which is {:.6g}: missing?",
                       table.label(j), text, marks.nearest);
  }
  if (!(column.quartiles > 0)) return "";
  const auto distance = [&](double value) { return std::abs(value - column.median) / column.quartiles; };
  const auto far =
      std::count_if(column.sorted.begin(), column.sorted.end(), [&](double value) { return distance(value) > kFar; });
  if (far == 0) return "";
  const double low = column.sorted.front(), high = column.sorted.back(),
               farthest = distance(low) > distance(high) ? low : high;
  return fmt::format(
      "column {}: {}, {:.6g}, {:.2g} times the quartiles' distance from the median {:.6g}", table.label(j),
      far == 1 ? "one value is far outside the others" : fmt::format("{} values are far outside the others", far),
      farthest, distance(farthest), column.median);
}

std::string spike(const Sample& table, std::size_t j, const Profile& column) {
  const Profile::Run* const most = find_spike(column);
  if (most == nullptr) return "";
  return fmt::format("column {}: {} of {} rows are exactly {:.6g}{}: a density cannot hold that", table.label(j),
                     most->count, column.count(), most->value,
                     most->value == column.low()    ? ", its smallest value"
                     : most->value == column.high() ? ", its largest value"
                                                    : "");
}

// Lines of one kind, the first few of them.
class Lines {
 public:
  explicit Lines(std::vector<std::string>& to) : to_(to) {}
  void add(const std::string& line) {
    if (line.empty()) return;
    if (++count_ <= kMostLines) to_.push_back(line);
  }
  ~Lines() {
    if (count_ == kMostLines + 1) to_.push_back("one more column is so");
    else if (count_ > kMostLines) to_.push_back(fmt::format("{} more columns are so", count_ - kMostLines));
  }

 private:
  std::vector<std::string>& to_;
  std::size_t count_ = 0;
};

// Correlation matrix of columns in the given order; a constant column has zeros.
Eigen::MatrixXd correlations(const Sample& table, const std::vector<Profile>& columns, const Rows& rows,
                             const std::vector<std::size_t>& order) {
  const auto width = static_cast<Eigen::Index>(order.size()), height = static_cast<Eigen::Index>(rows.size());
  Eigen::MatrixXd x(height, width);
  for (Eigen::Index i = 0; i < width; ++i) {
    const std::size_t j = order[i];
    const double spread = columns[j].sorted.back() / 2 - columns[j].sorted.front() / 2;
    for (Eigen::Index r = 0; r < height; ++r)
      x(r, i) = spread > 0 ? (table.row(rows[r])[j] - columns[j].median) / spread : 0;
    x.col(i).array() -= x.col(i).mean();
    const double norm = x.col(i).norm();
    if (norm > 0) x.col(i) /= norm;
  }
  return x.transpose() * x;
}

// A column whose values follow from those of columns before it, up to one part in a thousand of their spread.
struct Dependence {
  std::size_t column;
  std::vector<std::size_t> on;
};

// Cholesky's decomposition of the correlations without the columns that depend on earlier ones.
std::vector<Dependence> dependences(const Eigen::MatrixXd& correlation, const std::vector<std::size_t>& order,
                                    std::size_t first) {
  constexpr double kUnexplained = 1e-6, kNoPart = 1e-3;
  const Eigen::Index n = correlation.rows();
  Eigen::MatrixXd factor = Eigen::MatrixXd::Zero(n, n);  // rows: basis columns so far
  std::vector<Eigen::Index> basis;
  std::vector<Dependence> found;
  for (Eigen::Index i = 0; i < n; ++i) {
    if (correlation(i, i) == 0) continue;
    const auto rank = static_cast<Eigen::Index>(basis.size());
    Eigen::VectorXd part(rank);
    for (Eigen::Index k = 0; k < rank; ++k) part(k) = correlation(basis[k], i);
    const auto lower = factor.topLeftCorner(rank, rank).triangularView<Eigen::Lower>();
    lower.solveInPlace(part);
    const double left = correlation(i, i) - part.squaredNorm();
    if (left > kUnexplained) {
      factor.row(rank).head(rank) = part.transpose();
      factor(rank, rank) = std::sqrt(left);
      basis.push_back(i);
    } else if (static_cast<std::size_t>(i) >= first) {
      factor.topLeftCorner(rank, rank).transpose().triangularView<Eigen::Upper>().solveInPlace(part);
      Dependence dependence{order[i], {}};
      for (Eigen::Index k = 0; k < rank; ++k)
        if (std::abs(part(k)) > kNoPart) dependence.on.push_back(order[basis[k]]);
      found.push_back(dependence);
    }
  }
  return found;
}

std::string dependence_text(const Sample& table, const Dependence& dependence) {
  constexpr std::size_t kNamed = 6;
  std::string on;
  for (std::size_t i = 0; i < std::min(kNamed, dependence.on.size()); ++i)
    on += (i == 0 ? "" : i + 1 == dependence.on.size() ? " and " : ", ") + table.label(dependence.on[i]);
  if (dependence.on.size() > kNamed) on += fmt::format(" and {} others", dependence.on.size() - kNamed);
  return fmt::format("column {} is a linear function of {}: there is no density, its logarithm only grows",
                     table.label(dependence.column), on);
}

// Columns that others determine. Rows with wild values would make any columns look so, and are left aside.
void look_for_dependences(const Sample& table, const std::vector<Profile>& columns, const Rows& rows,
                          std::vector<std::string>& warnings) {
  constexpr std::size_t kMostColumns = 300, kMostRowsHere = 20000;
  constexpr double kTame = 100;  // quartiles' distances
  if (columns.size() > kMostColumns) return;
  const auto is_tame = [&](std::size_t r) {
    for (std::size_t j = 0; j < columns.size(); ++j)
      if (columns[j].quartiles > 0 && std::abs(table.row(r)[j] - columns[j].median) > kTame * columns[j].quartiles)
        return false;
    return true;
  };
  Rows tame;
  const std::size_t step = 1 + (rows.size() - 1) / kMostRowsHere;
  for (std::size_t i = 0; i < rows.size(); i += step)
    if (is_tame(rows[i])) tame.push_back(rows[i]);
  if (tame.size() < 2 * columns.size() + 10) return;
  const auto is_of_numbers = [&](std::size_t j) {
    return is_measured(table.door(j)) && columns[j].count() == rows.size();
  };
  std::vector<std::size_t> order;  // context first: it is given
  const std::size_t x = table.x_names.size(), c = table.c_names.size();
  for (std::size_t j = 0; j < c; ++j)
    if (is_of_numbers(x + j)) order.push_back(x + j);
  const std::size_t given = order.size();
  for (std::size_t j = 0; j < x; ++j)
    if (is_of_numbers(j)) order.push_back(j);
  Lines lines(warnings);
  for (const Dependence& dependence : dependences(correlations(table, columns, tame, order), order, given))
    lines.add(dependence_text(table, dependence));
}

std::string weights_text(const Sample& table) {
  double sum = 0, squares = 0, most = 0;
  std::size_t positive = 0, heaviest = 0;
  for (std::size_t r = 0; r < table.rows(); ++r) {
    const double w = table.weight(r);
    positive += w > 0;
    sum += w;
    squares += w * w;
    if (w > most) most = w, heaviest = r;
  }
  const double worth = sum * sum / squares, count = static_cast<double>(positive);
  if (positive < kFewRows || (worth > count / 10 && most < sum / 10)) return "";
  return fmt::format("the weights make {} rows worth {:.3g} equal ones; row {} alone carries {:.2g} % of them",
                     positive, worth, heaviest + 1, 100 * most / sum);
}

// Whether fewer rows are different than independent columns with so many values would make: by far, or at all where a
// column hardly repeats its values. In a table of few kinds of rows nothing can be said.
bool is_unexpected(const std::vector<Profile>& columns, std::size_t rows, std::size_t kinds) {
  double cells = 1;
  std::size_t most = 0;
  for (const Profile& column : columns) {
    cells *= static_cast<double>(column.kinds);
    most = std::max(most, column.kinds);
  }
  const double expected = -cells * std::expm1(-static_cast<double>(rows) / cells);
  return kinds >= kFewRows && static_cast<double>(kinds) < (most > rows / 3 ? 0.99 : 0.5) * expected;
}

}  // namespace

FirstLook look_at(const Sample& table, const EqualRows& equal, int threads) {
  FirstLook look;
  Rows rows = rows_to_look_at(table);
  std::vector<Profile> columns = profiles(table, rows, threads);
  const std::size_t kinds = table.rows() - equal.copies;
  look.repeated = equal.copies > table.rows() / 100 && is_unexpected(columns, table.rows(), kinds);
  if (look.repeated) {
    look.warnings.push_back(fmt::format("{} of {} rows are copies of others", equal.copies, table.rows()));
    std::erase_if(rows, [&](std::size_t r) { return equal.first[r] != r; });
    columns = profiles(table, rows, threads);
  }
  const auto each = [&](std::size_t count, const std::function<std::string(std::size_t)>& text) {
    Lines lines(look.warnings);
    for (std::size_t j = 0; j < count; ++j)
      if (table.door(j).is_null() && columns[j].count() > 0) lines.add(text(j));
  };
  const std::size_t x = table.x_names.size(), n = rows.size();
  each(table.columns(), [&](std::size_t j) { return wild_values(table, j, columns[j]); });
  each(x, [&](std::size_t j) { return has_few_values(columns[j], n) ? few_values(table, j, columns[j], n) : ""; });
  each(x, [&](std::size_t j) { return has_few_values(columns[j], n) ? "" : spike(table, j, columns[j]); });
  look_for_dependences(table, columns, rows, look.warnings);
  if (table.weighted) look.warnings.push_back(weights_text(table));
  std::erase(look.warnings, "");
  return look;
}

}  // namespace NF_PRECISION
}  // namespace nf
