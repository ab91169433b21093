// log_prob_picture.cc -- log-densities of rows and of samples.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "pictures.h"
#include "plot_axis.h"

namespace nf::cli {
namespace {

constexpr double kRarest = 0.01;

}  // namespace

Picture log_prob_picture(const Model& model, const ShownRows& rows) {
  const auto finite = [](const std::vector<double>& all) {
    std::vector<double> some;
    std::copy_if(all.begin(), all.end(), std::back_inserter(some), [](double lp) { return std::isfinite(lp); });
    std::sort(some.begin(), some.end());
    return some;
  };
  const std::vector<double> samples = finite(rows.samples.log_prob), data = finite(rows.data.log_prob);
  if (samples.empty()) throw Error("no sample has a finite log-density");
  const double threshold = quantile_of(samples, kRarest);
  double low = quantile_of(samples, 0.002), high = samples.back();
  if (!data.empty()) {
    low = std::min(low, std::max(quantile_of(data, 0.005), threshold - 2 * (high - threshold)));
    high = std::max(high, quantile_of(data, 0.999));
  }
  const int bins = bins_for(rows.first().count);
  const double width = high > low ? (high - low) / bins * (1 + 1e-9) : 1;
  const auto histogram = [&](const std::vector<double>& all) {
    std::vector<double> share(bins);
    for (const double lp : all)
      if (const double at = std::floor((lp - low) / width); at >= 0 && at < bins)
        share[static_cast<std::size_t>(at)] += 1.0 / static_cast<double>(all.size());
    return share;
  };
  const auto below = [](const std::vector<double>& all, double limit) {
    const auto count = std::count_if(all.begin(), all.end(), [&](double lp) { return lp < limit; });
    return all.empty() ? 0 : static_cast<double>(count) / static_cast<double>(all.size());
  };
  const double out = below(rows.data.log_prob, low);
  Picture picture{.plot = "logprob", .wide = 900, .tall = 520, .lines = 24};
  PlotValues& values = picture.values;
  set_legend(values, rows);
  values.set("x_label", fmt::format("log p{}, nats{}", is_exact(model) ? "" : ", at least",
                                    out > 0 ? fmt::format("; {} of the data further left", percent(out)) : ""));
  values.set("low", low);
  values.set("width", width);
  values.set("bins", bins);
  values.set("threshold", threshold);
  values.set("threshold_label", fmt::format("the rarest 1 % of the samples: below {:.4g}", threshold));
  values.set("below_label", rows.data.count == 0
                                ? std::string()
                                : percent(below(rows.data.log_prob, threshold)) + " of the data lie there");
  values.block("bars", bars(low, width, histogram(rows.data.log_prob), histogram(rows.samples.log_prob)));
  return picture;
}

}  // namespace nf::cli
