// curves_picture.cc -- what nf-train --log-file wrote.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "nf/core/spec.h"
#include "nf/io/input.h"
#include "pictures.h"
#include "plot_axis.h"

namespace nf::cli {
namespace {

struct Curve {
  std::string lines;
  std::vector<double> train, valid;
  std::int64_t last = 1, best_epoch = 0;
  double best = 0;
};

Curve read_curve(const std::string& path) {
  const std::string text = read_file(path);
  Curve curve;
  int number = 0;
  for (std::size_t begin = 0; begin < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const Json line = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                  text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    begin = end + 1;
    const auto is_value = [&](const char* key) {
      return line.contains(key) && (line[key].is_number() || line[key].is_null());
    };
    if (!line.is_object() || !is_value("train") || !is_value("valid") || !line.contains("epoch") ||
        !line["epoch"].is_number_integer())
      throw Error(fmt::format("{}:{}: no line of what nf-train --log-file writes", shown_path(path), number + 1));
    const auto epoch = line["epoch"].get<std::int64_t>();
    curve.lines += std::to_string(epoch);
    for (auto [key, values] : {std::pair{"train", &curve.train}, std::pair{"valid", &curve.valid}}) {
      if (line[key].is_number()) values->push_back(line[key].get<double>());
      curve.lines += line[key].is_number() ? fmt::format(" {:.9g}", values->back()) : " NaN";
    }
    curve.lines += '\n';
    curve.last = std::max(curve.last, epoch);
    if (line.value("best", false) && line["valid"].is_number()) {
      curve.best_epoch = epoch;
      curve.best = line["valid"].get<double>();
    }
  }
  if (curve.train.empty() && curve.valid.empty()) throw Error(shown_path(path) + ": no epochs");
  return curve;
}

}  // namespace

Picture curves_picture(const std::vector<std::string>& logs) {
  std::vector<std::string> names, best_labels;
  std::vector<std::int64_t> best_epochs;
  double low = INFINITY, high = -INFINITY, least = INFINITY, most = -INFINITY;
  std::string lines;
  std::int64_t last = 2;
  for (const std::string& log : logs) {
    const Curve curve = read_curve(log);
    names.push_back(logs.size() == 1 ? "" : ", " + std::filesystem::path(log).filename().string());
    best_epochs.push_back(curve.best_epoch);
    best_labels.push_back(curve.best_epoch == 0 ? ""
                                                : fmt::format("best: {:.4f}, epoch {}", curve.best, curve.best_epoch));
    lines += curve.lines + "\n\n";
    last = std::max(last, curve.last);
    // The first epochs, and validation after the best one, may be far away.
    std::vector<double> level = curve.train.empty() ? curve.valid : curve.train;
    std::sort(level.begin(), level.end());
    low = std::min(low, quantile_of(level, 0.02));
    high = std::max(high, quantile_of(level, 0.98));
    if (curve.best_epoch > 0) low = std::min(low, curve.best), high = std::max(high, curve.best);
    for (const auto* values : {&curve.train, &curve.valid})
      for (const double value : *values) least = std::min(least, value), most = std::max(most, value);
  }
  const double near = std::max(0.5 * (high - low), 1e-6 * std::max(1.0, std::abs(high)));
  Picture picture{.plot = "curves", .wide = 900, .tall = 520, .lines = 24};
  PlotValues& values = picture.values;
  values.set("files", logs.size());
  values.set("name", names);
  values.set("best_epoch", best_epochs);
  values.set("best_label", best_labels);
  values.set("last", last);
  values.set("low", std::max(low - near, least - 0.1 * near));
  values.set("high", std::min(high + near, most + 0.1 * near));
  values.block("curves", lines);
  return picture;
}

}  // namespace nf::cli
