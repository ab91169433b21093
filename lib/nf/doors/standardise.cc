// standardise.cc -- x = (v - mean) / scale, of numbers whose size and unit say nothing.
#include <optional>

#include "nf/doors/affine.h"
#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Standardise final : public ScalarDoor<Standardise> {
 public:
  explicit Standardise(const Affine& affine) : affine_(affine) {}
  bool wide() const override { return affine_.wide(); }
  Json spec() const override { return affine_.spec("standardise"); }

  double feature_of(double v) const { return affine_.feature(v); }
  double value(double x) const { return affine_.value(x); }
  double log_slope(double) const { return affine_.log_slope; }

 private:
  Affine affine_;
};

}  // namespace

std::unique_ptr<Door> make_standardise(SpecReader& spec) { return std::make_unique<Standardise>(Affine::read(spec)); }

std::unique_ptr<Door> measure_standardise(SpecReader&, const ColumnValues& column) {
  const std::optional<Affine> affine = measure_affine(column);
  return affine ? std::make_unique<Standardise>(*affine) : nullptr;
}

}  // namespace NF_PRECISION
}  // namespace nf
