#include "conditional.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "nf/core/random.h"
#include "nf/io/number.h"
#include "nf/io/words.h"

namespace nf::cli {
namespace {

Partial ask(const Model& model, int threads, const char* option) {
  try {
    return Partial(model, threads);
  } catch (const Error& error) {
    throw Error(fmt::format("--{}: {}", option, error.what()));
  }
}

struct Known {
  std::vector<bool> columns;
  std::vector<double> row;
};

// "a=1.5,b=west". A cell is written as in a table.
Known read_known(const Cli& cli, const Model& model) {
  const std::vector<std::string> all = names(model.columns);
  Known known{std::vector<bool>(all.size(), false), std::vector<double>(all.size(), 0)};
  for (const std::string& word : cli.list("given")) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      throw UsageError(fmt::format("--given: {} is not COLUMN=VALUE", in_quotes(word)));
    const std::string name = word.substr(0, equals), text = word.substr(equals + 1);
    const auto at = std::find(all.begin(), all.end(), name);
    if (at == all.end()) throw UsageError(fmt::format("--given: {}", unknown("column", name, all)));
    const auto j = static_cast<std::size_t>(at - all.begin());
    const CellForm form = model.columns[j].door->form();
    double cell = 0;
    const Cells cells = io::cells_of(form);
    const bool is_number = !cells.takes_text() && parse_number(std::string_view(text), cell) && std::isfinite(cell);
    if (!is_number && (!cells.read(text, cell) || (is_word(cell) && word_of(cell) == kUnknownWord)))
      throw UsageError(fmt::format("--given: {} is no value of column {}", in_quotes(text), in_quotes(name)));
    known.columns[j] = true;
    known.row[j] = cell;
  }
  return known;
}

// As many of the candidates as wanted, each as often as its weight says, evenly: systematic resampling (Kitagawa 1996).
std::vector<std::size_t> resample(const double* log_weight, std::size_t candidates, std::size_t wanted, double u,
                                  double* effective) {
  const double most = *std::max_element(log_weight, log_weight + candidates);
  if (!(most > -std::numeric_limits<double>::infinity())) return {};
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < candidates; ++i) {
    const double w = std::exp(log_weight[i] - most);
    sum += w;
    squares += w * w;
  }
  if (effective) *effective = sum * sum / squares;
  std::vector<std::size_t> chosen;
  double below = 0;
  std::size_t i = 0;
  for (std::size_t k = 0; k < wanted; ++k) {
    const double at = (static_cast<double>(k) + u) / static_cast<double>(wanted) * sum;
    while (i + 1 < candidates && below + std::exp(log_weight[i] - most) < at) below += std::exp(log_weight[i++] - most);
    chosen.push_back(i);
  }
  return chosen;
}

std::vector<double> repeated(const std::vector<double>& row, std::size_t times) {
  std::vector<double> rows;
  rows.reserve(row.size() * times);
  for (std::size_t i = 0; i < times; ++i) rows.insert(rows.end(), row.begin(), row.end());
  return rows;
}

constexpr std::size_t kBlock = 1 << 14;
constexpr const char* kNone = "--given: no row of the model is like that";

// Each of those that are known and come after one that is not.
bool needs_weights(const Partial& partial, const std::vector<bool>& known) { return !partial.missing(known).empty(); }

}  // namespace

void sample_given(const Cli& cli, const Model& model, const SampleOptions& options) {
  if (!model.context.empty()) throw UsageError("--given: the model has a context, which DATA gives");
  const Known known = read_known(cli, model);
  Partial partial = ask(model, options.threads, "given");
  const auto wanted = static_cast<std::size_t>(options.is_num_given ? options.num : 1000);
  const std::size_t width = model.columns.size();
  TableOutput out(cli, sample_writing(cli, model, options, Format::kAuto, static_cast<std::int64_t>(wanted)),
                  options.threads);
  cli.warn_unused();
  std::vector<double> rows, weights;
  const auto complete = [&](std::size_t first, std::size_t count, double* to, double* log_weight) {
    const std::vector<double> given = repeated(known.row, count);
    partial.complete(given.data(), known.columns, nullptr, static_cast<int>(count), options.seed, options.skip + first,
                     to, log_weight);
  };
  if (!needs_weights(partial, known.columns)) {
    for (std::size_t first = 0; first < wanted; first += kBlock) {
      const std::size_t count = std::min(kBlock, wanted - first);
      rows.resize(count * width);
      weights.resize(count);
      complete(first, count, rows.data(), weights.data());
      if (std::count(weights.begin(), weights.end(), 0.0) != static_cast<std::ptrdiff_t>(count)) throw Error(kNone);
      out.write(rows, static_cast<int>(count));
    }
    return out.finish();
  }
  const std::size_t candidates = std::clamp<std::size_t>(8 * wanted, 8192, std::size_t{1} << 20);
  rows.resize(candidates * width);
  weights.resize(candidates);
  for (std::size_t first = 0; first < candidates; first += kBlock)
    complete(first, std::min(kBlock, candidates - first), rows.data() + first * width, weights.data() + first);
  double effective = 0;
  Uniforms random(options.seed, Stream::kTest);
  const std::vector<std::size_t> chosen = resample(weights.data(), candidates, wanted, random.next(), &effective);
  if (chosen.empty() && wanted > 0) throw Error(kNone);
  cli.note(fmt::format("importance resampling: {} candidates are worth {:.0f}", candidates, effective));
  std::vector<std::size_t> order = chosen;
  shuffle(order, random);
  for (std::size_t first = 0; first < wanted; first += kBlock) {
    const std::size_t count = std::min(kBlock, wanted - first);
    std::vector<double> some;
    for (std::size_t i = first; i < first + count; ++i)
      some.insert(some.end(), rows.begin() + static_cast<std::ptrdiff_t>(order[i] * width),
                  rows.begin() + static_cast<std::ptrdiff_t>((order[i] + 1) * width));
    out.write(some, static_cast<int>(count));
  }
  out.finish();
}

void impute(const Cli& cli, const Model& model, const SampleOptions& options, const std::string& path) {
  constexpr std::size_t kCandidates = 64;  // a row
  Partial partial = ask(model, options.threads, "impute");
  const auto reader = open_table(cli, path, all_names(model));
  std::vector<Cells> cells = cells_of(model);
  for (std::size_t j = 0; j < model.columns.size(); ++j) cells[j].gaps = true;
  reader->select(reader->find(all_names(model)), cells);
  TableOutput out(cli, sample_writing(cli, model, options, reader->format(), -1), options.threads);
  cli.warn_unused();
  const std::size_t width = model.columns.size(), context = model.context.size(), all = width + context;
  std::uint64_t first_row = 0;
  std::size_t filled = 0, given_up = 0;
  Block block;
  while (reader->next(block)) {
    std::vector<double> x(block.rows * width), c(block.rows * context);
    std::map<std::vector<bool>, std::vector<std::size_t>> by_known;  // rows that have the same columns
    for (std::size_t r = 0; r < static_cast<std::size_t>(block.rows); ++r) {
      std::vector<bool> known(width);
      for (std::size_t j = 0; j < all; ++j) {
        const double cell = block.values[r * all + j];
        (j < width ? x[r * width + j] : c[r * context + j - width]) = cell;
        if (j < width) known[j] = !is_gap(cell);
      }
      if (std::find(known.begin(), known.end(), false) != known.end()) by_known[known].push_back(r);
    }
    for (const auto& [known, rows] : by_known)
      for (std::size_t first = 0; first < rows.size(); first += kBlock / kCandidates) {
        const std::size_t count = std::min(kBlock / kCandidates, rows.size() - first);
        std::vector<double> given, contexts, completed(count * kCandidates * width), weights(count * kCandidates);
        for (std::size_t i = 0; i < count; ++i)
          for (std::size_t k = 0; k < kCandidates; ++k) {
            const std::size_t r = rows[first + i];
            given.insert(given.end(), x.data() + r * width, x.data() + (r + 1) * width);
            contexts.insert(contexts.end(), c.data() + r * context, c.data() + (r + 1) * context);
          }
        partial.complete(given.data(), known, contexts.data(), static_cast<int>(weights.size()), options.seed,
                         (first_row + rows[first]) * kCandidates, completed.data(), weights.data());
        for (std::size_t i = 0; i < weights.size(); ++i)  // what is filled in is no gap again
          for (std::size_t j = 0; j < width; ++j)
            if (!known[j] && std::isnan(completed[i * width + j]) && is_gap(completed[i * width + j]))
              weights[i] = -std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < count; ++i) {
          const std::size_t r = rows[first + i];
          Uniforms random(seed_of_part(options.seed, first_row + r), Stream::kTest);
          const std::vector<std::size_t> chosen =
              resample(weights.data() + i * kCandidates, kCandidates, 1, random.next(), nullptr);
          given_up += chosen.empty();
          filled += !chosen.empty();
          if (!chosen.empty())
            std::copy_n(completed.data() + (i * kCandidates + chosen[0]) * width, width, x.data() + r * width);
        }
      }
    first_row += static_cast<std::uint64_t>(block.rows);
    if (options.with_context) {
      std::vector<double> rows;
      for (std::size_t r = 0; r < static_cast<std::size_t>(block.rows); ++r) {
        rows.insert(rows.end(), x.data() + r * width, x.data() + (r + 1) * width);
        rows.insert(rows.end(), c.data() + r * context, c.data() + (r + 1) * context);
      }
      out.write(rows, block.rows);
    } else {
      out.write(x, block.rows);
    }
  }
  out.finish();
  report_bad_rows(cli, *reader);
  cli.detail(fmt::format("{} rows had gaps that are filled", filled));
  if (given_up > 0) cli.warn(fmt::format("{} rows are like none of the model and keep their gaps", given_up));
}

}  // namespace nf::cli
