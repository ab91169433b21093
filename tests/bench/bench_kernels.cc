// bench_kernels [target...] -- the kernels alone, each beside a peak probe of the same moment.
//
// Products are counted in multiply-adds inside the units' ranges, two operations each.
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "bench/peak.h"
#include "nf/kernels/affine.h"
#include "nf/kernels/kernels.h"

namespace {

using namespace nf::kernels;
using nf::bench::measure;
using nf::bench::Timing;

class Buffer {
 public:
  explicit Buffer(std::size_t size, float scale = 1) : values_(size + 16) {
    std::mt19937 engine(1);
    for (float& v : values_) v = scale * (static_cast<float>(engine() >> 8) * 0x1p-23f - 1.0f);
  }
  float* data() {
    const std::size_t address = reinterpret_cast<std::size_t>(values_.data()) / sizeof(float);
    return values_.data() + (16 - address % 16) % 16;
  }

 private:
  std::vector<float> values_;
};

std::size_t size(int a, std::ptrdiff_t b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

// A layer whose unit n sees inputs 0 .. end[n]-1; input k feeds units begin[k] ...
struct Layer {
  int units, inputs;
  std::ptrdiff_t ld;
  std::vector<int> end, begin;
  Buffer w, dw, db, x, y, dx, scratch;
  double macs = 0;

  Layer(std::vector<int> ends, int k)
      : units(static_cast<int>(ends.size())),
        inputs(k),
        ld((k + 15) / 16 * 16 + (k % 256 == 0 ? 16 : 0)),
        end(ends),
        w(size(units, ld), 0.1f),
        dw(size(units, ld)),
        db(size(units, 1)),
        x(size(inputs, kRows)),
        y(size(units, kRows)),
        dx(size(inputs, kRows)),
        scratch(size(inputs + 64, kRows)) {
    for (int n = 0; n < units; ++n) {
      for (int i = end[n]; i < ld; ++i) w.data()[n * ld + i] = 0;
      macs += end[n];
    }
    for (int i = 0, n = 0; i < inputs; ++i) {
      while (n < units && end[n] <= i) ++n;
      begin.push_back(n);
    }
  }

  void forward() {
    Product<float> p;
    p.w = w.data();
    p.unit_stride = ld;
    p.x = x.data();
    p.y = y.data();
    p.units = units;
    p.end = end.data();
    p.bias = db.data();
    p.activation = Activation::kRelu;
    product(p);
  }

  void input_gradient() {
    Product<float> p;
    p.w = w.data();
    p.unit_stride = 1;
    p.input_stride = ld;
    p.x = y.data();
    p.y = dx.data();
    p.units = inputs;
    p.begin = begin.data();
    p.last = units;
    p.gate = x.data();
    p.gate_activation = Activation::kRelu;
    product(p);
  }

  void gradient() {
    WeightGradient<float> g;
    g.dy = y.data();
    g.x = x.data();
    g.units = units;
    g.inputs = inputs;
    g.end = end.data();
    g.dw = dw.data();
    g.ld = ld;
    g.db = db.data();
    g.scratch = scratch.data();
    weight_gradient(g);
  }
};

void print(const char* what, const std::string& shape, double macs, const std::function<void()>& run) {
  const Timing t = measure([&] { run(); });
  const double gflops = 2 * macs * kRows / t.seconds * 1e-9;
  std::printf("%-5s %-16s %-20s %7.1f GFLOP/s %5.1f %% of %.0f\n", target(), what, shape.c_str(), gflops,
              100 * gflops / t.peak, t.peak);
  std::fflush(stdout);
}

void bench_layers(const std::string& shape, std::vector<Layer>& layers) {
  double macs = 0;
  for (const Layer& layer : layers) macs += layer.macs;
  print("forward", shape, macs, [&] {
    for (Layer& layer : layers) layer.forward();
  });
  print("input gradient", shape, macs, [&] {
    for (Layer& layer : layers) layer.input_gradient();
  });
  print("weight gradient", shape, macs, [&] {
    for (Layer& layer : layers) layer.gradient();
  });
}

// The three layers of a MADE with degrees sorted: D -> H -> H -> 2 D.
void bench_made(int features, int hidden) {
  std::vector<int> degree, first, second, last;
  for (int h = 0; h < hidden; ++h) degree.push_back(1 + h * (features - 1) / hidden);
  const auto up_to = [&](int d) {
    int count = 0;
    while (count < hidden && degree[count] <= d) ++count;
    return count;
  };
  for (int d : degree) {
    first.push_back(d);
    second.push_back(up_to(d));
  }
  for (int f = 0; f < features; ++f) last.insert(last.end(), 2, up_to(f));
  std::vector<Layer> layers;
  layers.reserve(3);
  layers.emplace_back(first, features);
  layers.emplace_back(second, hidden);
  layers.emplace_back(last, hidden);
  const std::string shape = std::to_string(features) + "," + std::to_string(hidden);
  bench_layers("made " + shape, layers);
}

void bench_dense(int inputs, int units) {
  std::vector<Layer> layers;
  layers.emplace_back(std::vector<int>(units, inputs), inputs);
  bench_layers("dense " + std::to_string(inputs) + "," + std::to_string(units), layers);
}

// ns a value, and memory traffic for `bytes` a value.
void bench_values(const char* what, std::size_t values, double bytes, const std::function<void()>& run) {
  const Timing t = measure([&] { run(); });
  const double ns = t.seconds / static_cast<double>(values) * 1e9;
  std::printf("%-5s %-16s %7.3f ns/value %8.0f M/s %7.1f GB/s\n", target(), what, ns, 1e3 / ns, bytes / ns);
  std::fflush(stdout);
}

void bench_elementwise() {
  constexpr std::size_t kValues = 4096;
  Buffer x(kValues, 3), y(kValues), positive(kValues);
  for (std::size_t i = 0; i < kValues; ++i) positive.data()[i] = x.data()[i] * x.data()[i] + 1e-3f;
  bench_values("exp", kValues, 8, [&] { exp(x.data(), y.data(), kValues); });
  bench_values("log", kValues, 8, [&] { log(positive.data(), y.data(), kValues); });
  bench_values("tanh", kValues, 8, [&] { tanh(x.data(), y.data(), kValues); });
  bench_values("sigmoid", kValues, 8, [&] { sigmoid(x.data(), y.data(), kValues); });
  bench_values("softplus", kValues, 8, [&] { softplus(x.data(), y.data(), kValues); });

  constexpr int kFeatures = 16;
  Buffer phi(2 * kFeatures * kRows), dphi(2 * kFeatures * kRows), logd(kFeatures * kRows);
  bench_values("affine_forward", kFeatures * kRows, 20,
               [&] { map_forward(Affine(), x.data(), phi.data(), y.data(), logd.data(), kFeatures, positive.data()); });
  bench_values("affine_backward", kFeatures * kRows, 32, [&] {
    map_backward(Affine(), x.data(), phi.data(), x.data(), logd.data(), y.data(), dphi.data(), kFeatures,
                 positive.data());
  });
  std::vector<double> sums(kRows);
  bench_values("sum_columns", kValues, 4, [&] { sum_columns(x.data(), kValues / kRows, sums.data()); });
  bench_values("sum_squares", kValues, 4, [&] { sum_squares(x.data(), kValues / kRows, sums.data()); });
}

void bench_random() {
  for (int columns : {6, 21, 1000}) {
    Buffer z(size(columns, kRows));
    RandomTile at;
    at.columns = columns;
    const std::string name = "normals " + std::to_string(columns);
    bench_values(name.c_str(), size(columns, kRows), 4, [&] {
      normals(at, z.data());
      at.first_row += kRows;
    });
  }
  Buffer u(size(1000, kRows));
  RandomTile at;
  at.columns = 1000;
  bench_values("uniforms 1000", size(1000, kRows), 4, [&] { uniforms(at, u.data()); });
}

void bench_step() {
  constexpr std::size_t kValues = 1 << 18;
  Buffer w(kValues), m(kValues, 0), v(kValues, 0), a(kValues), b(kValues), c(kValues), d(kValues);
  const float* parts[] = {a.data(), b.data(), c.data(), d.data()};
  AdamStep step;
  step.rate = 1e-6;
  bench_values("adam", kValues, 28, [&] { adam(step, a.data(), m.data(), v.data(), w.data(), kValues); });
  bench_values("reduce 2", kValues, 12, [&] { reduce(parts, 2, b.data(), kValues); });
  bench_values("reduce 4", kValues, 20, [&] { reduce(parts, 4, w.data(), kValues); });
  bench_values("average", kValues, 12, [&] { average(0.999, w.data(), c.data(), kValues); });
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> targets(argv + 1, argv + argc);
  if (targets.empty()) targets.push_back("");
  for (const std::string& name : targets) {
    choose_target(name.c_str());
    bench_dense(128, 128);
    bench_dense(512, 512);
    bench_made(6, 64);
    bench_made(21, 128);
    bench_made(43, 512);
    bench_made(63, 512);
    bench_elementwise();
    bench_random();
    bench_step();
  }
}
