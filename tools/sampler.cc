#include "sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace nf::cli {

WriteOptions sample_writing(const Cli& cli, const Model& model, const SampleOptions& options, Format input,
                            std::int64_t rows) {
  WriteOptions writing{.format = output_format(cli, input), .columns = {}, .rows = rows, .text_header = {}};
  for (const Column& column : model.columns)
    writing.columns.push_back({column.name, column.door->wide(), column.door->form()});
  const bool named = !model.columns[0].name.empty();
  if (options.with_context)
    for (const Column& column : model.context) writing.columns.push_back({column.name, true, column.door->form()});
  if (options.logprob) writing.columns.push_back({!named ? "" : is_exact(model) ? "log_prob" : "log_prob_path"});
  if (options.weights) writing.columns.push_back({named ? "log_weight" : ""});
  return writing;
}

SampleOptions::SampleOptions(const Cli& cli)
    : latent(cli.flag("latent")),
      logprob(cli.flag("logprob")),
      with_context(cli.flag("with-context")),
      weights(cli.flag("weights")),
      threads(cli.threads()) {
  if (latent) return;  // the noise is DATA's; a seed may still be needed, see read_seed()
  skip = static_cast<std::uint64_t>(cli.count("skip", 0));
  temperature = cli.number("temperature", 0, 1e6);
  is_num_given = cli.given("num");
  if (is_num_given) num = cli.count("num", 0);
  read_seed(cli);
}

void SampleOptions::read_seed(const Cli& cli) {
  if (cli.given("seed") || !cli.text("seed").empty()) {
    seed = cli.seed();
  } else {
    std::random_device random;
    seed = (std::uint64_t{random()} << 21 ^ random()) & ((std::uint64_t{1} << 53) - 1);  // a number that JSON keeps
    cli.detail(fmt::format("seed {}", seed));
  }
}

std::vector<std::string> wanted_columns(const Model& model, bool latent) {
  std::vector<std::string> wanted;
  for (int j = 1; latent && j <= model.flow.noise_dim(); ++j) wanted.push_back(fmt::format("z{}", j));
  for (const Column& column : model.context) wanted.push_back(column.name);
  return wanted;
}

Sampler::Sampler(const Cli& cli, const Model& model, const SampleOptions& options, const NamedTarget* target,
                 Format input, std::int64_t rows)
    : cli_(cli),
      options_(options),
      target_(target ? target->target.get() : nullptr),
      columns_(model.columns),
      double_(wants_double(cli)),
      scorer_(model, options.threads, target_),
      dim_(model.columns.size()),
      noise_dim_(model.flow.noise_dim()),
      context_(model.context.size()),
      out_(cli, sample_writing(cli, model, options, input, rows), options.threads),
      count_(cli, out_.is_terminal()),
      rows_(rows) {
  if (options.weights) weights_ = std::make_unique<Weights>(*target, options.threads);
}

void Sampler::put(int rows, const double* c, const double* z) {
  const auto n = static_cast<std::size_t>(rows);
  x_.resize(n * dim_);
  lp_.resize(options_.logprob || weights_ ? n : 0);
  double* const lp = lp_.empty() ? nullptr : lp_.data();
  if (z) scorer_.decode(z, c, rows, x_.data(), lp, {options_.seed, done_});
  else scorer_.sample(options_.seed, options_.skip + done_, c, rows, options_.temperature, x_.data(), lp);
  done_ += n;
  count_.show(done_, rows_);
  require_finite(rows, c, z);
  weight_.resize(weights_ ? n : 0);
  if (weights_) weights_->weigh(x_.data(), lp, rows, weight_.data());
  if (const std::string failure = target_ ? target_->failure() : ""; !failure.empty()) throw Error(failure);
  if (!lp && !options_.with_context) return out_.write(x_, rows);
  table_.clear();
  for (std::size_t r = 0; r < n; ++r) {
    table_.insert(table_.end(), x_.data() + r * dim_, x_.data() + (r + 1) * dim_);
    if (options_.with_context) table_.insert(table_.end(), c + r * context_, c + (r + 1) * context_);
    if (options_.logprob) table_.push_back(lp_[r]);
    if (weights_) table_.push_back(weight_[r]);
  }
  out_.write(table_, rows);
}

void Sampler::finish() {
  out_.finish();
  count_.clear();
  if (weights_) cli_.note(importance_text(weights_->report()));
}

// What was asked for in numbers comes out in numbers that its column can hold.
void Sampler::require_finite(int rows, const double* c, const double* z) const {
  const auto finite = [](const double* values, std::size_t n) {
    return !values || std::all_of(values, values + n, [](double value) { return std::isfinite(value); });
  };
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
    if (!finite(z ? z + r * noise_dim_ : nullptr, noise_dim_) || !finite(c ? c + r * context_ : nullptr, context_))
      continue;
    for (std::size_t j = 0; j < dim_; ++j) {
      const double value = x_[r * dim_ + j];
      if (std::isnan(value) && !columns_[j].door->form().plain()) continue;
      if (!std::isfinite(double_ || columns_[j].door->wide() ? value : static_cast<double>(static_cast<float>(value))))
        throw Error(fmt::format("row {}: a sample of column {} is {:g}, beyond all float numbers",
                                done_ - static_cast<std::uint64_t>(rows) + r + 1,
                                columns_[j].name.empty() ? std::to_string(j + 1) : "'" + columns_[j].name + "'",
                                value));
    }
  }
}

}  // namespace nf::cli
