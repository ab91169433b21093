// nf-logprob: the log-density of every row of a table under a model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "cli.h"
#include "tables.h"

namespace nf::cli {
namespace {

ToolSpec spec() {
  return {
      .name = "nf-logprob",
      .summary = "prints the log-density of every row under a model, in nats and in the units of the data.",
      .usage = {"[OPTION]... MODEL [DATA]"},
      .examples = {{"nf-logprob m.nf test.csv --summary", "mean, standard error, trimmed mean and worst row"},
                   {"nf-logprob m.nf < x.csv --append | sort -t, -g -k8 | head", "the least likely rows of a table"}},
      .groups = {{"What to print",
                  {{"append", 0, "", "", "every record as it was, with the new column at its end"},
                   {"latent", 0, "", "", "the noise z that the row is mapped to, columns z1, z2, ..."},
                   {"bits-per-dim", 0, "", "", "-log2 of the density, divided by the number of columns"},
                   {"summary", 0, "", "", "a few lines about all rows instead; JSON with --to json"}}},
                 input_options(),
                 output_options()},
      .notes = {"DATA is a table with the model's columns, matched by name where both have names, else by position; "
                "other columns may hold anything. Without DATA, or for '-', standard input is read. A header is "
                "written if DATA has one. --append to another format than DATA's needs all columns to be numbers.",
                "Under --on-bad-row nan a bad row's result is nan; a row far outside the data can get -inf."},
      .see_also = {"nf-train", "nf-sample", "nf-inspect"},
      .most_operands = 2};
}

// Log-densities are kept, eight bytes a row, since a trimmed mean needs the number of rows.
class Summary {
 public:
  void add(const std::vector<double>& values, const std::vector<std::uint64_t>& records) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) continue;
      if (values_.empty() || values[i] < worst_) worst_ = values[i], worst_row_ = records[i] + 1;
      values_.push_back(values[i]);
    }
  }

  // bits: nats to bits per dimension, or 1.
  Json json(double bits, std::uint64_t bad_rows) {
    const auto dropped = static_cast<std::ptrdiff_t>((values_.size() + 999) / 1000);
    const double mean = average(values_), error = standard_error(values_, mean);
    const auto below = std::count_if(values_.begin(), values_.end(), [](double v) { return v < -50; });
    std::nth_element(values_.begin(), values_.begin() + dropped, values_.end());
    const std::vector<double> kept(values_.begin() + dropped, values_.end());
    const double trimmed = average(kept);
    return {{"rows", values_.size()},
            {"bad_rows", bad_rows},
            {"unit", bits == 1 ? "nats" : "bits per dimension"},
            {"mean", mean * bits},
            {"standard_error", error * std::abs(bits)},
            {"trimmed_mean", trimmed * bits},
            {"trimmed_standard_error", standard_error(kept, trimmed) * std::abs(bits)},
            {"worst_row", worst_row_},
            {"worst", worst_ * bits},
            {"below_-50_nats", below}};
  }
  bool empty() const { return values_.empty(); }

 private:
  static double average(const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
  }
  static double standard_error(const std::vector<double>& v, double mean) {
    double sum = 0;
    for (const double x : v) sum += (x - mean) * (x - mean);
    const auto n = static_cast<double>(v.size());
    return std::sqrt(sum / std::max(1.0, n - 1) / n);
  }

  std::vector<double> values_;
  double worst_ = 0;
  std::uint64_t worst_row_ = 0;
};

void print_summary(const Cli& cli, const Json& summary) {
  Output out(cli.text("output"));
  const Format format = cli.given("to") ? parse_format(cli.text("to")) : format_of_path(cli.text("output"));
  if (format == Format::kJson || format == Format::kNdjson) {
    out.write(summary.dump() + "\n");
  } else {
    for (const auto& [key, value] : summary.items()) {
      const std::string text = value.is_string()         ? value.get<std::string>()
                               : value.is_number_float() ? fmt::format("{:.6g}", value.get<double>())
                                                         : value.dump();
      out.write(fmt::format("{:<23} {}\n", key, text));
    }
  }
  out.commit();
}

// What is printed for a row, besides the record itself.
std::vector<OutputColumn> result_columns(const Model& model, bool latent, bool bits) {
  if (!latent) return {{bits ? "bits_per_dim" : "log_prob"}};
  std::vector<OutputColumn> columns;
  for (int j = 1; j <= model.flow.dim(); ++j) columns.push_back({fmt::format("z{}", j)});
  return columns;
}

int run(const Cli& cli) {
  const std::vector<std::string>& operands = cli.operands();
  if (operands.empty()) throw UsageError("no MODEL was given");
  const bool append = cli.flag("append"), latent = cli.flag("latent"), summary = cli.flag("summary");
  for (const auto& [a, b] : {std::pair("summary", "append"), {"summary", "latent"}, {"latent", "bits-per-dim"}})
    cli.exclude(a, b);
  const Model model = load_model(cli, operands[0]);
  const auto dim = static_cast<std::size_t>(model.flow.dim()), context = static_cast<std::size_t>(model.flow.context());
  const bool in_bits = cli.flag("bits-per-dim");
  const double bits = in_bits ? -1 / (static_cast<double>(dim) * std::numbers::ln2) : 1;

  ReadOptions reading = read_options(cli, all_names(model));
  reading.keep_text = append;
  const auto reader = TableReader::open(cli.claim(operands.size() > 1 ? operands[1] : "-"), reading);
  const std::vector<int> needed = reader->find(all_names(model));

  WriteOptions writing;
  if (!summary) writing.format = output_format(cli, reader->format());
  const bool keep_bytes = append && writing.format == reader->format() && writing.format != Format::kNpy;
  const bool rewrite = append && !keep_bytes;
  std::vector<int> selected = needed, x_columns(dim), c_columns(context);
  std::iota(x_columns.begin(), x_columns.end(), 0);
  std::iota(c_columns.begin(), c_columns.end(), static_cast<int>(dim));
  writing.columns = result_columns(model, latent, in_bits);
  writing.header = reader->format() != Format::kNpy && !reader->names().empty();
  if (keep_bytes) writing.text_format = reader->format(), writing.text_header = reader->header_text();
  if (rewrite) {
    selected.resize(static_cast<std::size_t>(reader->columns()));
    std::iota(selected.begin(), selected.end(), 0);
    x_columns.assign(needed.begin(), needed.begin() + static_cast<std::ptrdiff_t>(dim));
    c_columns.assign(needed.begin() + static_cast<std::ptrdiff_t>(dim), needed.end());
    std::vector<OutputColumn> all;
    for (const int column : selected)
      all.push_back({reader->names().empty() ? "" : reader->names()[static_cast<std::size_t>(column)], true});
    all.insert(all.end(), writing.columns.begin(), writing.columns.end());
    writing.columns = all;
  }
  reader->select(selected);
  std::unique_ptr<TableOutput> out;
  if (!summary) out = std::make_unique<TableOutput>(cli, writing, cli.threads());
  cli.warn_unused();

  Runner runner(model, cli.threads());
  Summary sums;
  Block block;
  std::vector<double> x, c, lp, z, results, row;
  while (reader->next(block)) {
    const auto rows = static_cast<std::size_t>(block.rows);
    take_columns(block.values, selected.size(), x_columns, x);
    take_columns(block.values, selected.size(), c_columns, c);
    lp.resize(rows);
    z.resize(latent ? rows * dim : 0);
    runner.log_prob(x.data(), context ? c.data() : nullptr, block.rows, lp.data(), latent ? z.data() : nullptr);
    if (summary) {
      sums.add(lp, block.record);
      continue;
    }
    for (double& value : lp) value *= bits;
    const std::vector<double>& fresh = latent ? z : lp;
    if (keep_bytes) {
      out->append(block.text, fresh, block.rows);
    } else if (rewrite) {
      const std::size_t old = selected.size(), added = fresh.size() / rows;
      results.clear();
      for (std::size_t r = 0; r < rows; ++r) {
        results.insert(results.end(), block.values.begin() + static_cast<std::ptrdiff_t>(r * old),
                       block.values.begin() + static_cast<std::ptrdiff_t>((r + 1) * old));
        results.insert(results.end(), fresh.begin() + static_cast<std::ptrdiff_t>(r * added),
                       fresh.begin() + static_cast<std::ptrdiff_t>((r + 1) * added));
      }
      out->write(results, block.rows);
    } else {
      out->write(fresh, block.rows);
    }
  }
  if (summary) {
    if (sums.empty()) throw Error(reader->path() + ": no rows");
    print_summary(cli, sums.json(bits, reader->bad_rows()));
  } else {
    out->finish();
  }
  report_bad_rows(cli, *reader);
  return kDone;
}

}  // namespace
}  // namespace nf::cli

int main(int argc, char** argv) { return nf::cli::run_tool(argc, argv, nf::cli::spec(), nf::cli::run); }
