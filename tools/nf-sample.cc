// nf-sample: rows drawn from a model.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "cli.h"
#include "context_check.h"
#include "nf/model/scorer.h"
#include "progress.h"
#include "same_file.h"
#include "tables.h"

namespace nf::cli {
namespace {

ToolSpec spec() {
  return {
      .name = "nf-sample",
      .summary = "draws rows from a model, in the units of the data it was trained on.",
      .usage = {"[OPTION]... MODEL [DATA]"},
      .examples = {{"nf-sample m.nf -n 1e5 -o sample.csv", "100000 rows, with the columns' names"},
                   {"nf-sample m.nf labels.csv -n 10 --with-context", "ten rows for each row of context columns"}},
      .groups = {{"What to draw",
                  {{"num", 'n', "N", "", "rows; with context, rows for each row of DATA [1000; with context 1]"},
                   {"seed", 0, "N", "", "which endless sample; without: a fresh one, shown by -v", "NF_SEED"},
                   {"skip", 0, "K", "0", "begin with row K of the endless sample"},
                   {"temperature", 0, "T", "1", "noise times T; needs a normal base"},
                   {"latent", 0, "", "", "decode the noise in DATA's columns z1, z2, ... instead of drawing it"},
                   {"logprob", 0, "", "", "add the column log_prob, the model's log-density of the row"},
                   {"with-context", 0, "", "", "add the context columns"}}},
                 input_options(),
                 output_options()},
      .notes =
          {"Row r of a sample depends on the seed, r and its context only: not on N, threads or sharding, so "
           "that shards drawn with --skip make up the whole. A conditional model needs DATA, or standard "
           "input, with its context columns; there, --skip is the number of the first row.",
           "--logprob is the density of the untempered model. Where the model has layers that draw (augment) there is "
           "none; the column is then log_weight, the logarithm of the path's, whose mean is the density."},
      .see_also = {"nf-train", "nf-logprob", "nf-distill"},
      .most_operands = 2};
}

constexpr int kBlockRows = TableReader::kBlockRows;

struct Options {
  explicit Options(const Cli& cli)
      : latent(cli.flag("latent")),
        logprob(cli.flag("logprob")),
        with_context(cli.flag("with-context")),
        threads(cli.threads()) {
    if (latent) return;  // the noise is DATA's; a seed may still be needed, see read_seed()
    skip = static_cast<std::uint64_t>(cli.count("skip", 0));
    temperature = cli.number("temperature", 0, 1e6);
    is_num_given = cli.given("num");
    if (is_num_given) num = cli.count("num", 0);
    read_seed(cli);
  }
  void read_seed(const Cli& cli) {
    if (cli.given("seed") || !cli.text("seed").empty()) {
      seed = cli.seed();
    } else {
      std::random_device random;
      seed = (std::uint64_t{random()} << 21 ^ random()) & ((std::uint64_t{1} << 53) - 1);  // a number that JSON keeps
      cli.detail(fmt::format("seed {}", seed));
    }
  }
  bool latent, logprob, with_context;
  int threads;
  std::uint64_t seed = 0, skip = 0;
  std::int64_t num = 0;
  bool is_num_given = false;
  double temperature = 1;
};

// Rows in the form they are written: x, then context, then log_prob.
class Sampler {
 public:
  Sampler(const Cli& cli, const Model& model, const Options& options, Format input, std::int64_t rows)
      : options_(options),
        columns_(model.columns),
        double_(wants_double(cli)),
        scorer_(model, options.threads),
        dim_(model.columns.size()),
        noise_dim_(model.flow.noise_dim()),
        context_(model.context.size()),
        out_(cli, writing(cli, model, options, input, rows), options.threads),
        count_(cli, out_.is_terminal()),
        rows_(rows) {}

  // The next rows of the endless sample, or those that z decodes to.
  void put(int rows, const double* c, const double* z) {
    const auto n = static_cast<std::size_t>(rows);
    x_.resize(n * dim_);
    lp_.resize(options_.logprob ? n : 0);
    double* const lp = options_.logprob ? lp_.data() : nullptr;
    if (z) scorer_.decode(z, c, rows, x_.data(), lp, {options_.seed, done_});
    else scorer_.sample(options_.seed, options_.skip + done_, c, rows, options_.temperature, x_.data(), lp);
    done_ += n;
    count_.show(done_, rows_);
    require_finite(rows, c, z);
    if (!options_.logprob && !options_.with_context) return out_.write(x_, rows);
    table_.clear();
    for (std::size_t r = 0; r < n; ++r) {
      table_.insert(table_.end(), x_.data() + r * dim_, x_.data() + (r + 1) * dim_);
      if (options_.with_context) table_.insert(table_.end(), c + r * context_, c + (r + 1) * context_);
      if (options_.logprob) table_.push_back(lp_[r]);
    }
    out_.write(table_, rows);
  }
  void finish() {
    out_.finish();
    count_.clear();
  }

 private:
  static WriteOptions writing(const Cli& cli, const Model& model, const Options& options, Format input,
                              std::int64_t rows) {
    WriteOptions writing{.format = output_format(cli, input), .columns = {}, .rows = rows, .text_header = {}};
    for (const Column& column : model.columns) writing.columns.push_back({column.name, column.door->wide()});
    const bool named = !model.columns[0].name.empty();
    if (options.with_context)
      for (const Column& column : model.context) writing.columns.push_back({column.name, true});
    if (options.logprob)
      writing.columns.push_back({!named ? "" : model.flow.traits().exact ? "log_prob" : "log_weight"});
    return writing;
  }

  // What was asked for in numbers comes out in numbers that its column can hold.
  void require_finite(int rows, const double* c, const double* z) const {
    const auto finite = [](const double* values, std::size_t n) {
      return !values || std::all_of(values, values + n, [](double value) { return std::isfinite(value); });
    };
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
      if (!finite(z ? z + r * noise_dim_ : nullptr, noise_dim_) || !finite(c ? c + r * context_ : nullptr, context_))
        continue;
      for (std::size_t j = 0; j < dim_; ++j) {
        const double value = x_[r * dim_ + j];
        if (!std::isfinite(double_ || columns_[j].door->wide() ? value : static_cast<double>(static_cast<float>(value))))
          throw Error(fmt::format("row {}: a sample of column {} is {:g}, beyond all float numbers",
                                  done_ - static_cast<std::uint64_t>(rows) + r + 1,
                                  columns_[j].name.empty() ? std::to_string(j + 1) : "'" + columns_[j].name + "'",
                                  value));
      }
    }
  }

  const Options& options_;
  const std::vector<Column>& columns_;
  const bool double_;
  Scorer scorer_;
  std::size_t dim_, noise_dim_, context_;
  TableOutput out_;
  RowCount count_;
  std::int64_t rows_;  // -1: not known
  std::uint64_t done_ = 0;
  std::vector<double> x_, lp_, table_;
};

std::vector<std::string> wanted_columns(const Model& model, bool latent) {
  std::vector<std::string> wanted;
  for (int j = 1; latent && j <= model.flow.noise_dim(); ++j) wanted.push_back(fmt::format("z{}", j));
  for (const Column& column : model.context) wanted.push_back(column.name);
  return wanted;
}

// Each row of context columns (and of noise) from DATA gives `num` rows.
void from_data(const Cli& cli, const Model& model, const Options& options, const std::string& path) {
  const std::vector<std::string> wanted = wanted_columns(model, options.latent);
  const auto reader = open_table(cli, path, wanted);
  reader->select(reader->find(wanted));
  const std::size_t dim = options.latent ? static_cast<std::size_t>(model.flow.noise_dim()) : 0;
  const auto context = model.context.size();
  const std::int64_t num = options.latent || !options.is_num_given ? 1 : options.num;
  Sampler sampler(cli, model, options, reader->format(), -1);
  cli.warn_unused();
  Block block;
  std::vector<double> z, c;
  int pending = 0;
  const auto flush = [&] {
    if (pending > 0) sampler.put(pending, c.data(), options.latent ? z.data() : nullptr);
    pending = 0;
    z.clear();
    c.clear();
  };
  ContextCheck check(cli, model);
  std::vector<double> given;
  std::vector<int> context_columns(context);
  std::iota(context_columns.begin(), context_columns.end(), static_cast<int>(dim));
  while (reader->next(block)) {
    take_columns(block.values, dim + context, context_columns, given);
    check.see(given.data(), context > 0 ? block.rows : 0);
    for (int r = 0; r < block.rows; ++r) {
      const double* row = block.values.data() + static_cast<std::size_t>(r) * (dim + context);
      for (std::int64_t i = 0; i < num; ++i) {
        z.insert(z.end(), row, row + dim);
        c.insert(c.end(), row + dim, row + dim + context);
        if (++pending == kBlockRows) flush();
      }
    }
    if (options.latent) flush();
  }
  flush();
  sampler.finish();
  report_bad_rows(cli, *reader);
}

int run(const Cli& cli) {
  const std::vector<std::string>& operands = cli.operands();
  if (operands.empty()) throw UsageError("no MODEL was given");
  Options options(cli);
  cli.claim_stdin(operands);
  const Model model = load(operands[0]);
  if (options.latent && !model.flow.traits().exact_inverse) options.read_seed(cli);  // columns that layers dropped
  if (options.temperature != 1 && !model.flow.base().scalable())
    throw UsageError("--temperature needs a model with a normal base");
  const bool conditional = model.flow.context() > 0;
  if (options.with_context && !conditional) throw UsageError("--with-context: the model has no context columns");
  if (conditional || options.latent) {
    const std::string data = operands.size() > 1 ? operands[1] : "-";
    cli.claim_stdin({operands[0], data});
    if (operands.size() < 2 && isatty(STDIN_FILENO))
      throw UsageError(fmt::format("DATA, or standard input, with the columns {} is needed",
                                   join(wanted_columns(model, options.latent))));
    refuse_same_files({{"-o", cli.text("output")}}, {operands[0], data});
    from_data(cli, model, options, data);
    return kDone;
  }
  if (operands.size() > 1)
    throw UsageError(
        fmt::format("'{}' has no use: the model has no context columns and --latent is not given", operands[1]));
  refuse_same_files({{"-o", cli.text("output")}}, operands);
  const std::int64_t num = options.is_num_given ? options.num : 1000;
  Sampler sampler(cli, model, options, Format::kAuto, num);
  cli.warn_unused();
  for (std::int64_t done = 0; done < num; done += kBlockRows)
    sampler.put(static_cast<int>(std::min<std::int64_t>(kBlockRows, num - done)), nullptr, nullptr);
  sampler.finish();
  return kDone;
}

}  // namespace
}  // namespace nf::cli

int main(int argc, char** argv) { return nf::cli::run_tool(argc, argv, nf::cli::spec(), nf::cli::run); }
