// bench_flow [--json FILE] [--flow PRESET | --maps | --cnf] [D,H ...] -- density, sampling and training of whole flows,
// as ratios of the same moment. With --maps, only autoregressive flows of other maps beside the MAF; with --cnf, only
// continuous flows, and students of two steps.
//
// Percent of peak counts the multiply-adds inside the masks' prefixes (two operations each; three times that for a
// training step), against a probe of this core's FMA rate taken in turn with the runs. Two-thread figures are wall
// clock, the others thread CPU time, both a low quantile of repetitions.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include "bench/peak.h"
#include "nf/core/denormals.h"
#include "nf/model/model.h"
#include "nf/flow/registry.h"
#include "nf/kernels/affine.h"
#include "nf/model/scorer.h"
#include "nf/nets/mlp.h"
#include "nf/train/matching.h"
#include "nf/train/start.h"
#include "nf/train/trainer.h"

namespace {

using namespace nf;
using nf::bench::measure;
using nf::bench::Timing;

struct Report {
  Json rows = Json::array();
  void add(const std::string& what, int dim, int hidden, double value, const std::string& unit) {
    rows.push_back({{"what", what}, {"dim", dim}, {"hidden", hidden}, {"value", value}, {"unit", unit}});
    fmt::print("{:<46} {:>3},{:<4} {:>12.4g} {}\n", what, dim, hidden, value, unit);
    std::fflush(stdout);
  }
};

Vector random_theta(const Flow& flow) {
  Vector theta = flow.init(1);
  Uniforms random(2, Stream::kTest);
  for (const Range& range : flow.params().ranges(std::size_t{1} << 30))
    for (std::size_t i = 0; i < range.length; ++i)
      theta[static_cast<Eigen::Index>(range.offset + i)] += static_cast<Real>(0.02 * (2 * random.next() - 1));
  return theta;
}

double multiply_adds(const Flow& flow) {
  double sum = 0;
  for (const Slot& slot : flow.params().slots())
    if (slot.name.find(".weight.") != std::string::npos)
      for (int row = 0; row < slot.rows; ++row) sum += slot.live(row);
  return sum;
}

struct Tiles {
  explicit Tiles(const Flow& f) : flow(f), theta(random_theta(f)), x(Vector::Zero(kTile * f.dim())), z(x), back(x) {
    Random{1}.normals(Stream::kTest, 0, f.dim(), z.data());
    f.prepare(theta.data(), scratch, prepared);
    sample();
  }
  Pass pass() {
    return {.theta = theta.data(), .prepared = prepared.data(), .wants_ld = wants_ld, .scratch = &scratch};
  }
  Tile tile(Vector& memory) { return Tile(memory.data(), kTile, flow.dim()); }
  void log_prob() {
    LogDet lp = LogDet::Zero();
    Pass p = pass();
    flow.log_prob(p, in(tile(x)), tile(back), lp);
  }
  void sample() {
    LogDet ld = LogDet::Zero();
    Pass p = pass();
    flow.base().sample(p, Random{1}, Stream::kBase, 0, tile(z));
    flow.decode(p, in(tile(z)), tile(x), ld);
  }
  const Flow& flow;
  Vector theta, x, z, back, prepared;
  Stack scratch;
  bool wants_ld = true;
};

// What every other library does: D full passes of the dense net a layer, the i-th for feature i.
struct NaiveDecode {
  NaiveDecode(const Flow& f, const Vector& from, const Json& spec) : dim(f.dim()) {
    for (std::size_t l = 0; l < spec["layers"].size(); ++l) {
      const std::vector<int> hidden = spec["layers"][l]["hidden"];
      orders.push_back(spec["layers"][l]["order"]);
      const std::string name = "layers." + std::to_string(l) + ".net";
      auto params = std::make_unique<Params>();
      nets.push_back(std::make_unique<Mlp>(MlpShape{.inputs = dim, .outputs = 2 * dim, .hidden = hidden, .row_len = {}},
                                           *params, name));
      Vector numbers = Vector::Zero(static_cast<Eigen::Index>(params->size()));
      for (const Slot& slot : params->slots())
        for (const Slot& same : f.params().slots())
          if (same.name == slot.name)
            for (int row = 0; row < slot.rows; ++row)
              std::copy_n(from.data() + same.at(row), slot.cols, numbers.data() + slot.at(row));
      theta.push_back(std::move(numbers));
    }
  }
  void run(const Vector& z, Vector& x) {
    Vector y = z, seen = z, h = Vector::Zero(kTile * nets[0]->columns()), phi = Vector::Zero(kTile * dim * 2), logd = z;
    for (std::size_t l = nets.size(); l-- > 0;) {
      seen.setZero();
      x.setZero();
      for (int i = 0; i < dim; ++i) {
        nets[l]->forward(theta[l].data(), seen.data(), h.data(), phi.data());
        const int j = orders[l][i];
        kernels::map_inverse(kernels::Affine(), y.data() + kTile * j, phi.data() + kTile * 2 * i, x.data() + kTile * j,
                             logd.data(), 1, seen.data());
        for (int r = 0; r < kTile; ++r) seen[kTile * i + r] = std::clamp(x[kTile * j + r], Real(-8), Real(8));
      }
      y = x;
    }
  }
  int dim;
  std::vector<std::unique_ptr<Mlp>> nets;
  std::vector<Vector> theta;
  std::vector<std::vector<int>> orders;
};

Data random_data(int rows, int dim) {
  Data data{Batch(rows, dim), Batch(rows, 0), {}};
  Vector memory = Vector::Zero(kTile * dim);
  for (int first = 0; first < rows; first += kTile) {
    Random{3}.normals(Stream::kTest, static_cast<std::uint64_t>(first), dim, memory.data());
    data.x.middleRows(first, std::min(kTile, rows - first)) =
        Tile(memory.data(), kTile, dim).topRows(std::min(kTile, rows - first));
  }
  return data;
}

// Seconds a training step takes: gradients, reduction, clipping, Adam. CPU time on one thread, wall clock on more.
Timing training_step(const Flow& flow, const Objective& objective, int batch, int threads) {
  const Data data = random_data(16 * batch, flow.dim()), valid = random_data(kTile, flow.dim());
  TrainOptions options;
  options.batch = batch;
  options.rate = 1e-4;
  options.threads = threads;
  options.optimizer.clip = 5;
  options.steps = 1 << 30;
  std::vector<double> seconds, peaks;
  using Clock = std::chrono::steady_clock;
  double before = 0;
  Clock::time_point wall;
  int count = 0;
  TrainHooks hooks;
  hooks.stop = [&] {
    const double now = bench::cpu_seconds();
    const double taken = threads == 1 ? now - before : std::chrono::duration<double>(Clock::now() - wall).count();
    if (count > 2) seconds.push_back(taken);
    if (count % 4 == 0) peaks.push_back(bench::peak_gflops());
    ++count;
    before = bench::cpu_seconds();
    wall = Clock::now();
    return count >= 40;
  };
  train(objective, flow.init(1), data, valid, options, hooks, nullptr);
  std::sort(seconds.begin(), seconds.end());
  std::sort(peaks.rbegin(), peaks.rend());
  return {seconds[seconds.size() / 5], peaks[peaks.size() / 5]};
}
Timing training_step(const Flow& flow, int batch, int threads) {
  return training_step(flow, *make_forward_kl(flow), batch, threads);
}

// Wall-clock ratio of one thread's time to two threads', runs taken in turn.
template <class One, class Two>
double ratio(One one, Two two) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> a, b;
  const auto time = [](auto& f) {
    const auto start = Clock::now();
    f();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  for (int i = 0; i < 9; ++i) a.push_back(time(one)), b.push_back(time(two));
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a[2] / b[2];
}

void bench_maf(Report& report, int dim, int hidden) {
  const Json spec = preset_spec("maf", dim, 0, {{"hidden", {hidden, hidden}}});
  Model model(spec);
  const Flow& flow = model.flow;
  Tiles tiles(flow);
  const double macs = multiply_adds(flow), flops = 2 * macs * kTile * 1e-9;

  const Timing density = measure([&] { tiles.log_prob(); });
  report.add("log-prob", dim, hidden, kTile / density.seconds, "rows/s");
  report.add("log-prob, share of FMA peak", dim, hidden, 100 * flops / density.seconds / density.peak, "%");
  const Timing sampling = measure([&] { tiles.sample(); });
  report.add("sampling", dim, hidden, kTile / sampling.seconds, "rows/s");
  report.add("sampling time / log-prob time", dim, hidden,
             sampling.seconds * sampling.peak / (density.seconds * density.peak), "");

  NaiveDecode naive(flow, tiles.theta, flow.spec());
  Vector x = tiles.x;
  const Timing full = measure([&] { naive.run(tiles.z, x); }, 5);
  report.add("D full passes / incremental sampling, time", dim, hidden,
             full.seconds * full.peak / (sampling.seconds * sampling.peak), "x");
  report.add("  largest difference of their values", dim, hidden,
             static_cast<double>((x - tiles.x).cwiseAbs().maxCoeff()), "");

  Timing small;
  for (int batch : {256, 1024}) {
    const Timing step = training_step(flow, batch, 1);
    if (batch == 256) small = step;
    report.add(fmt::format("training, batch {}", batch), dim, hidden, batch / step.seconds, "rows/s");
    report.add(fmt::format("training, batch {}, share of FMA peak", batch), dim, hidden,
               100 * 6 * macs * batch * 1e-9 / step.seconds / step.peak, "%");
  }
  const Flow iaf(preset_spec("iaf", dim, 0, {{"hidden", {hidden, hidden}}}));
  const Timing inverse = training_step(iaf, 256, 1);
  report.add("training an IAF by likelihood / the MAF, time", dim, hidden,
             inverse.seconds * inverse.peak / (small.seconds * small.peak), "x");

  model.theta = tiles.theta;
  const int rows = hidden > 256 ? 4096 : 16384;
  Scorer one(model, 1), two(model, 2);
  std::vector<double> table(static_cast<std::size_t>(rows) * static_cast<std::size_t>(dim)), lp(rows);
  report.add("2 threads / 1, sampling", dim, hidden,
             ratio([&] { one.sample(1, 0, nullptr, rows, 1, table.data(), nullptr); },
                   [&] { two.sample(1, 0, nullptr, rows, 1, table.data(), nullptr); }),
             "x");
  report.add("2 threads / 1, log-prob", dim, hidden,
             ratio([&] { one.log_prob(table.data(), nullptr, rows, lp.data(), nullptr); },
                   [&] { two.log_prob(table.data(), nullptr, rows, lp.data(), nullptr); }),
             "x");
  const double single = training_step(flow, 1024, 1).seconds, twice = training_step(flow, 1024, 2).seconds;
  report.add("2 threads / 1, training, batch 1024", dim, hidden, single / twice, "x");
}

// A named flow; the spline flows as published, without affine layers.
void bench_preset(Report& report, const std::string& name, int dim, int hidden) {
  Json set = {{"hidden", {hidden, hidden}}};
  if (name.starts_with("nsf")) set["affine_layers"] = 0, set["bins"] = 8;
  const Flow flow(preset_spec(name, dim, 0, set));
  Tiles tiles(flow);
  const double macs = multiply_adds(flow), flops = 2 * macs * kTile * 1e-9;
  const Timing density = measure([&] { tiles.log_prob(); });
  report.add(name + ": log-prob", dim, hidden, kTile / density.seconds, "rows/s");
  report.add(name + ": log-prob, share of FMA peak", dim, hidden, 100 * flops / density.seconds / density.peak, "%");
  const Timing sampling = measure([&] { tiles.sample(); });
  report.add(name + ": sampling", dim, hidden, kTile / sampling.seconds, "rows/s");
  const Timing step = training_step(flow, 256, 1);
  report.add(name + ": training, batch 256", dim, hidden, 256 / step.seconds, "rows/s");
}

// The field's products: with H hidden units a question costs 2 (2 D H + H^2) operations, 4 (D H + H^2) with its
// divergence, four times that in training by likelihood, which asks again on its way back, and 10 D H + 6 H^2 in
// training by matching.
void bench_cnf(Report& report, int dim, int hidden) {
  const Flow flow(preset_spec("cnf", dim, 0, {{"hidden", Json::array({hidden})}}));
  const double dh = dim * hidden, hh = hidden * hidden, traced = 4 * (dh + hh);
  const auto add = [&](const std::string& what, double rows, double flops, const Timing& taken) {
    report.add("cnf: " + what, dim, hidden, rows / taken.seconds, "rows/s");
    report.add("cnf: " + what + ", share of FMA peak", dim, hidden,
               100 * rows * flops * 1e-9 / taken.seconds / taken.peak, "%");
  };
  Tiles tiles(flow);
  add("log-prob, 16 steps", kTile, 64 * traced, measure([&] { tiles.log_prob(); }));
  add("matching, batch 256", 256, 10 * dh + 6 * hh, training_step(flow, *make_flow_matching(flow), 256, 1));
  add("training, batch 256, 8 steps", 256, 32 * 4 * traced, training_step(flow, 256, 1));
  const Flow student(student_of_few_steps(flow.spec(), 2));
  Tiles of_student(student);
  of_student.wants_ld = false;
  add("sampling a student of 2 steps", kTile, 2 * (4 * dh + 2 * hh), measure([&] { of_student.sample(); }));
}

// Autoregressive flows with other maps, beside the MAF of the same widths.
void bench_maps(Report& report, int dim, int hidden) {
  const auto make = [&](const char* preset, Json set) {
    set["hidden"] = {hidden, hidden};
    return Flow(preset_spec(preset, dim, 0, set));
  };
  const Flow maf = make("maf", Json::object());
  Tiles maf_tiles(maf);
  const std::tuple<std::string, const char*, Json> maps[] = {
      {"sos", "sos", Json::object()},
      {"sos, 4 polynomials", "sos", {{"polynomials", 4}}},
      {"naf", "naf", Json::object()},
      {"naf_ddsf", "naf_ddsf", Json::object()},
  };
  for (const auto& [name, preset, set] : maps) {
    const Flow flow = make(preset, set);
    Tiles tiles(flow);
    const Timing density = measure([&] { tiles.log_prob(); }), plain = measure([&] { maf_tiles.log_prob(); });
    report.add(name + ": log-prob", dim, hidden, kTile / density.seconds, "rows/s");
    report.add(name + ": log-prob time / the MAF's", dim, hidden,
               density.seconds * density.peak / (plain.seconds * plain.peak), "x");
    const Timing sampling = measure([&] { tiles.sample(); }, 5);
    report.add(name + ": sampling", dim, hidden, kTile / sampling.seconds, "rows/s");
    for (int batch : {256, 1024}) {
      const Timing step = training_step(flow, batch, 1), maf_step = training_step(maf, batch, 1);
      const std::string what = fmt::format("{}: training, batch {}", name, batch);
      report.add(what, dim, hidden, batch / step.seconds, "rows/s");
      report.add(what + ", time / the MAF's", dim, hidden,
                 step.seconds * step.peak / (maf_step.seconds * maf_step.peak), "x");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  FlushDenormals flush;
  std::vector<std::pair<int, int>> shapes;
  std::string json, preset;
  bool maps = false, cnf = false;
  for (int i = 1; i < argc; ++i) {
    int dim = 0, hidden = 0;
    if (std::string(argv[i]) == "--json" && i + 1 < argc) json = argv[++i];
    else if (std::string(argv[i]) == "--flow" && i + 1 < argc) preset = argv[++i];
    else if (std::string(argv[i]) == "--maps") maps = true;
    else if (std::string(argv[i]) == "--cnf") cnf = true;
    else if (std::sscanf(argv[i], "%d,%d", &dim, &hidden) == 2) shapes.emplace_back(dim, hidden);
  }
  const bool all = preset.empty() && !maps && !cnf;
  const std::vector<std::pair<int, int>> given = shapes;
  if (shapes.empty()) shapes = {{6, 64}, {21, 128}, {43, 512}, {63, 512}};
  Report report;
  fmt::print("kernels: {}, FMA peak {:.0f} GFLOP/s a core\n", kernels::target(), bench::peak_gflops());
  for (const auto& [dim, hidden] : shapes)
    if (maps || cnf) break;
    else if (preset.empty()) bench_maf(report, dim, hidden);
    else bench_preset(report, preset, dim, hidden);
  if (all) {
    bench_preset(report, "realnvp", 43, 512);
    for (const char* name : {"nsf_coupling", "nsf"})
      for (int hidden : {128, 512}) bench_preset(report, name, 43, hidden);
  }
  if (all || maps) bench_maps(report, 43, 512);
  const std::vector<std::pair<int, int>> usual = {{6, 128}, {43, 256}};
  for (const auto& [dim, hidden] : cnf && !given.empty() ? given : usual)
    if (all || cnf) bench_cnf(report, dim, hidden);
  if (!json.empty()) std::ofstream(json) << report.rows.dump(1) << "\n";
}
