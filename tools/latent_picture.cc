// latent_picture.cc -- the noise of rows against that of the base.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nf/core/random.h"
#include "pictures.h"
#include "plot_axis.h"

namespace nf::cli {
namespace {

// Of the base of the model for these rows' context, a column each, ascending. There is a closed form for some bases
// alone.
std::vector<std::vector<double>> base_noise(const Model& model, const ShownRows& rows, std::size_t columns) {
  constexpr std::size_t kRows = 1 << 17;
  const int noise_dim = model.flow.noise_dim();
  const auto context = static_cast<std::ptrdiff_t>(model.context.size());
  std::vector<std::vector<double>> noise(columns);
  Stack stack;
  for (std::size_t first = 0; first < kRows; first += kTile) {
    Scratch scratch(stack);
    Tile z = scratch.tile(noise_dim), c = scratch.tile(model.flow.context());
    const std::size_t count = rows.first().count, from = count > kTile ? first % (count - kTile) : 0;
    const Noise draws{rows.seed, first};
    if (context > 0)
      enter_context(model.context, draws, rows.first().rows.c.data() + static_cast<std::ptrdiff_t>(from) * context,
                    static_cast<int>(std::min<std::size_t>(kTile, count - from)), c, stack);
    Pass pass{.theta = model.theta.data(), .context = c.data(), .noise = draws, .scratch = &stack};
    model.flow.base().sample(pass, Random{rows.seed}, Stream::kBaseMore, first, z);
    for (std::size_t k = 0; k < columns; ++k)
      for (int r = 0; r < kTile; ++r) noise[k].push_back(static_cast<double>(z(r, static_cast<int>(k))));
  }
  for (std::vector<double>& column : noise) std::sort(column.begin(), column.end());
  return noise;
}

// Evenly in probability and, for the tails, in its logit; ascending.
std::vector<double> quantile_shares(std::size_t rows) {
  constexpr int kEach = 80;
  const double least = 0.5 / static_cast<double>(rows), reach = std::log(1 / least - 1);
  std::vector<double> shares;
  for (int i = 0; i < kEach; ++i) {
    shares.push_back((i + 0.5) / kEach);
    shares.push_back(1 / (1 + std::exp(reach * (1 - 2.0 * i / (kEach - 1)))));
  }
  std::sort(shares.begin(), shares.end());
  return shares;
}

}  // namespace

Picture latent_picture(const Cli& cli, const Model& model, const ShownRows& rows) {
  const std::size_t noise_dim = model.flow.noise_dim(), panels = std::min(noise_dim, kMostNoise);
  if (noise_dim > panels) cli.note(fmt::format("the first {} of {} columns of noise are shown", panels, noise_dim));
  const std::vector<std::vector<double>> base = base_noise(model, rows, panels);
  std::vector<std::string> names;
  std::vector<double> low, high;
  std::string lines;
  for (std::size_t k = 0; k < panels; ++k) {
    std::vector<double> noise;
    for (std::size_t r = 0; r < rows.first().count; ++r)
      if (const double z = rows.first().noise[r * panels + k]; !std::isnan(z)) noise.push_back(z);
    if (noise.empty()) throw Error("no row has noise");
    std::sort(noise.begin(), noise.end());
    const auto n = static_cast<double>(noise.size());
    const double end = 0.5 / std::max(n, 20.0);
    const double least = quantile_of(base[k], end), most = quantile_of(base[k], 1 - end);
    low.push_back(least - 0.1 * (most - least));
    high.push_back(most + 0.1 * (most - least));
    const auto inside = [&](double z) { return std::clamp(z, low.back(), high.back()); };
    for (const double share : quantile_shares(noise.size())) {
      const double band = 1.96 * std::sqrt(share * (1 - share) / n);
      lines +=
          fmt::format("{:.6g} {:.6g} {:.6g} {:.6g}\n", quantile_of(base[k], share), inside(quantile_of(noise, share)),
                      quantile_of(base[k], share - band), quantile_of(base[k], share + band));
    }
    lines += "\n\n";
    const Manifold manifold = noise_dim == static_cast<std::size_t>(model.flow.dim())
                                  ? model.flow.manifold(static_cast<int>(k))
                                  : Manifold::kLine;
    names.push_back(fmt::format("z{}{}", k + 1,
                                manifold == Manifold::kLevels   ? ", levels"
                                : manifold == Manifold::kCircle ? ", angle"
                                                                : ""));
  }
  const int across = static_cast<int>(panels <= 3 ? panels : 4), down = static_cast<int>(panels + across - 1) / across;
  const int text_across = std::min(across, 2), text_down = static_cast<int>(panels + text_across - 1) / text_across;
  Picture picture{.plot = "latent", .wide = 80 + across * 225, .tall = 60 + down * 225, .lines = 17 * text_down};
  PlotValues& values = picture.values;
  values.set("panels", panels);
  values.set("across", across);
  values.set("text_across", text_across);
  values.set("rows_label", std::string(rows.data.count > 0 ? "quantiles of the data" : "quantiles of the samples"));
  values.set("name", names);
  values.set("low", low);
  values.set("high", high);
  values.block("quantiles", lines);
  return picture;
}

}  // namespace nf::cli
