// closed_form.cc -- densities in closed form and their gradients, in double in both builds. target.h has the formulas.
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <functional>

#include "nf/core/constants.h"
#include "nf/core/json.h"
#include "nf/targets/target.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// log p~ at x; g = its gradient.
using Density = std::function<double(const double* x, double* g)>;
struct Form {
  int dim = 2;
  Density density;
};

constexpr double kLogTwoPi = 1.8378770664093453;

double square(double v) { return v * v; }

// log(e^a + e^b), and the share of e^a in it.
double log_sum(double a, double b, double& share) {
  const double most = std::max(a, b), ea = std::exp(a - most), eb = std::exp(b - most);
  share = ea / (ea + eb);
  return most + std::log(ea + eb);
}

double u1(const double* x, double* g) {
  const double r = std::max(std::hypot(x[0], x[1]), 1e-12), t = (r - 2) / 0.4;
  const double a = (x[0] - 2) / 0.6, b = (x[0] + 2) / 0.6;
  double share = 0;
  const double two = log_sum(-a * a / 2, -b * b / 2, share);
  g[0] = -t / 0.4 * x[0] / r - (share * a + (1 - share) * b) / 0.6;
  g[1] = -t / 0.4 * x[1] / r;
  return two - t * t / 2;
}

// Adds the wall that makes the strips of U2 to U4 end.
double walled(double x, double lp, double* g) {
  const double depth = std::max(0.0, std::abs(x) - 4);
  g[0] -= std::copysign(depth / 0.04, x);
  return lp - square(depth / 0.2) / 2;
}

// A curve's value at x and its slope.
struct Curve {
  double value, slope;
};
Curve wave(double x) {
  const double k = kPi / 2;
  return {std::sin(k * x), k * std::cos(k * x)};
}
Curve bump(double x) {
  const double t = (x - 1) / 0.6, value = 3 * std::exp(-t * t / 2);
  return {value, -value * t / 0.6};
}
Curve step(double x) {
  const double s = 1 / (1 + std::exp(-(x - 1) / 0.3));
  return {3 * s, 3 * s * (1 - s) / 0.3};
}

double u2(const double* x, double* g) {
  const Curve w = wave(x[0]);
  const double t = (x[1] - w.value) / 0.4;
  g[0] = t / 0.4 * w.slope;
  g[1] = -t / 0.4;
  return walled(x[0], -t * t / 2, g);
}

// A ridge along the wave, and one that leaves it by `other`.
double two_ridges(const double* x, double* g, double first_scale, const Curve& other) {
  const Curve w = wave(x[0]);
  const double a = (x[1] - w.value) / first_scale, b = (x[1] - w.value + other.value) / 0.35;
  double share = 0;
  const double lp = log_sum(-a * a / 2, -b * b / 2, share);
  const double da = share * -a / first_scale, db = (1 - share) * -b / 0.35;
  g[0] = -da * w.slope + db * (other.slope - w.slope);
  g[1] = da + db;
  return walled(x[0], lp, g);
}
double u3(const double* x, double* g) { return two_ridges(x, g, 0.35, bump(x[0])); }
double u4(const double* x, double* g) { return two_ridges(x, g, 0.4, step(x[0])); }

Form banana(SpecReader& set) {
  const double spread = set.number("spread", 2, 1e-3, 1e3), bend = set.number("bend", 0.5, -1e3, 1e3);
  return {2, [=](const double* x, double* g) {
            const double t = x[0] / spread, u = x[1] - bend * (x[0] * x[0] - spread * spread);
            g[0] = -t / spread + u * 2 * bend * x[0];
            g[1] = -u;
            return -(t * t + u * u) / 2 - std::log(spread) - kLogTwoPi;
          }};
}

Form funnel(SpecReader& set) {
  const int dim = static_cast<int>(set.integer("dim", 2, 2, 1000));
  const double spread = set.number("spread", 3, 1e-3, 100);
  return {dim, [=](const double* x, double* g) {
            const double t = x[0] / spread, precision = std::exp(-x[0]);
            double lp = -t * t / 2 - std::log(spread) - kLogTwoPi / 2;
            g[0] = -t / spread;
            for (int j = 1; j < dim; ++j) {
              lp -= (x[j] * x[j] * precision + x[0] + kLogTwoPi) / 2;
              g[0] += (x[j] * x[j] * precision - 1) / 2;
              g[j] = -x[j] * precision;
            }
            return lp;
          }};
}

Form ring(SpecReader& set) {
  const int modes = static_cast<int>(set.integer("modes", 8, 1, 1000));
  const double radius = set.number("radius", 3, 0, 1e6), scale = set.number("scale", 0.5, 1e-6, 1e6);
  return {2, [=](const double* x, double* g) {
            const double turn = kTwoPi / modes;
            double most = -INFINITY, sum = 0;
            g[0] = g[1] = 0;
            for (int k = 0; k < modes; ++k) {
              const double dx = (radius * std::cos(turn * k) - x[0]) / scale;
              const double dy = (radius * std::sin(turn * k) - x[1]) / scale;
              const double lp = -(dx * dx + dy * dy) / 2;
              const double kept = lp > most ? std::exp(most - lp) : 1, share = lp > most ? 1 : std::exp(lp - most);
              most = std::max(most, lp);
              sum = sum * kept + share;
              g[0] = g[0] * kept + share * dx / scale;
              g[1] = g[1] * kept + share * dy / scale;
            }
            g[0] /= sum;
            g[1] /= sum;
            return most + std::log(sum / modes) - 2 * std::log(scale) - kLogTwoPi;
          }};
}

Form gaussian(SpecReader& set) {
  using Eigen::MatrixXd, Eigen::VectorXd;
  constexpr const char* kShape = "'covariance' must be a square matrix of numbers, 'mean' a row of them";
  const Json rows = set.value("covariance", {{1, 0.9}, {0.9, 1}});
  const auto dim = static_cast<Eigen::Index>(rows.is_array() ? rows.size() : 0);
  const Json center = set.value("mean", std::vector<double>(dim, 0.0));
  const auto number = [&](const Json& v) {
    if (!v.is_number()) set.fail(kShape);
    return v.get<double>();
  };
  const auto require_width = [&](const Json& v) {
    if (dim < 1 || dim > 1000 || !v.is_array() || v.size() != static_cast<std::size_t>(dim)) set.fail(kShape);
  };
  MatrixXd covariance(dim, dim);
  VectorXd mean(dim);
  require_width(center);
  for (Eigen::Index i = 0; i < dim; ++i) {
    const Json& row = rows[i];
    require_width(row);
    mean(i) = number(center[i]);
    for (Eigen::Index j = 0; j < dim; ++j) covariance(i, j) = number(row[j]);
  }
  const Eigen::LLT<MatrixXd> factor(covariance);
  if (factor.info() != Eigen::Success || (covariance - covariance.transpose()).norm() > 1e-9 * covariance.norm())
    set.fail("'covariance' is not symmetric and positive definite");
  const MatrixXd precision = factor.solve(MatrixXd::Identity(dim, dim)), lower = factor.matrixL();
  const double constant = -lower.diagonal().array().log().sum() - static_cast<double>(dim) * kLogTwoPi / 2;
  return {static_cast<int>(dim), [=](const double* x, double* g) {
            const VectorXd away = mean - Eigen::Map<const VectorXd>(x, dim);
            Eigen::Map<VectorXd> gradient(g, dim);
            gradient = precision * away;
            return constant - away.dot(gradient) / 2;
          }};
}

struct Entry {
  Unit unit;
  std::function<Form(SpecReader&)> make;
};
Entry plain(const char* name, const char* help, double (*density)(const double*, double*)) {
  return {{name, help}, [density](SpecReader&) { return Form{2, density}; }};
}
const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = {
      plain("u1", "Rezende and Mohamed 2015: two crescents", u1),
      plain("u2", "the same: a wave, walled", u2),
      plain("u3", "the same: a wave that parts and meets again, walled", u3),
      plain("u4", "the same: a wave that parts, walled", u4),
      {{"banana", "a bent normal: spread, bend"}, banana},
      {{"funnel", "Neal's funnel: dim, spread"}, funnel},
      {{"ring", "normals on a circle: modes, radius, scale"}, ring},
      {{"gaussian", "mean, covariance"}, gaussian},
  };
  return list;
}

class ClosedForm final : public Target {
 public:
  explicit ClosedForm(Form form) : form_(std::move(form)) {}
  int dim() const override { return form_.dim; }
  void log_density(Pass& pass, TileIn x, LogDet& lp, Tile dx) const override {
    Eigen::VectorXd row(form_.dim), gradient(form_.dim);
    for (int r = 0; r < pass.rows; ++r) {
      row = x.row(r).cast<double>();
      lp(r) = form_.density(row.data(), gradient.data());
      dx.row(r) = gradient.cast<Real>();
    }
  }

 private:
  Form form_;
};

}  // namespace

std::unique_ptr<Target> make_closed_form(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  for (const Entry& entry : entries()) {
    if (entry.unit.name != name) continue;
    const std::string numbers = colon == std::string::npos ? "{}" : text.substr(colon + 1);
    const Json json = json_is_too_deep(numbers) ? Json(Json::value_t::discarded) : Json::parse(numbers, nullptr, false);
    if (json.is_discarded()) throw Error("target " + name + ": what follows ':' is not JSON");
    SpecReader set(json, "target " + name);
    Form form = entry.make(set);
    set.require_known();
    return std::make_unique<ClosedForm>(std::move(form));
  }
  throw Error(unknown("target", name, names(closed_forms())));
}

const std::vector<Unit>& closed_forms() {
  static const std::vector<Unit> units = [] {
    std::vector<Unit> list;
    for (const Entry& entry : entries()) list.push_back(entry.unit);
    return list;
  }();
  return units;
}

}  // namespace NF_PRECISION
}  // namespace nf
