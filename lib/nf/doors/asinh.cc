// asinh.cc -- a number with long tails on both sides: x = (asinh((v - center) / width) - mean) / scale, linear within
// the width and logarithmic beyond.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "nf/doors/affine.h"
#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Asinh final : public ScalarDoor<Asinh> {
 public:
  Asinh(const Affine& affine, double center, double width) : affine_(affine), center_(center), width_(width) {}
  bool wide() const override { return std::abs(center_) > 1e3 * width_ || width_ < 1e-30 || width_ > 1e30; }
  Json spec() const override {
    Json spec = affine_.spec("asinh");
    spec["center"] = center_;
    spec["width"] = width_;
    return spec;
  }

  double feature_of(double v) const { return affine_.feature(std::asinh(away(v))); }
  double value(double x) const {
    constexpr double kMost = 700;  // sinh of more is no double
    const double v = center_ + width_ * std::sinh(std::clamp(affine_.value(x), -kMost, kMost));
    const double most = wide() ? std::numeric_limits<double>::max() : std::numeric_limits<float>::max() / 2;
    return std::clamp(v, -most, most);
  }
  double log_slope(double v) const { return affine_.log_slope - std::log(width_) - std::log(std::hypot(1, away(v))); }

 private:
  double away(double v) const { return (v - center_) / width_; }

  Affine affine_;
  double center_, width_;
};

}  // namespace

std::unique_ptr<Door> make_asinh(SpecReader& spec) {
  const Affine affine = Affine::read(spec);
  const double center = spec.number("center", 0, -Affine::kMost, Affine::kMost);
  return std::make_unique<Asinh>(affine, center, spec.number("width", 1, Affine::kLeast, Affine::kMost));
}

// "center": [the median], "width": [half the distance of the quartiles].
std::unique_ptr<Door> measure_asinh(SpecReader& wish, const ColumnValues& column) {
  std::vector<double> sorted = column.map([](double v) { return v; }).values;
  if (sorted.empty()) return nullptr;
  std::sort(sorted.begin(), sorted.end());
  const auto quantile = [&](double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
  };
  if (sorted.front() == sorted.back()) return nullptr;
  const double half = quantile(0.75) / 2 - quantile(0.25) / 2, all = sorted.back() / 2 - sorted.front() / 2;
  const double center = wish.number("center", quantile(0.5), -Affine::kMost, Affine::kMost),
               width = wish.number("width", half > 0 ? half : all, Affine::kLeast, Affine::kMost);
  const std::optional<Affine> affine =
      measure_affine(column.map([&](double v) { return std::asinh((v - center) / width); }));
  return affine ? std::make_unique<Asinh>(*affine, center, width) : nullptr;
}

}  // namespace NF_PRECISION
}  // namespace nf
