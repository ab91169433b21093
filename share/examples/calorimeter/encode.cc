// encode SEED < showers > columns    -- showers as a flow likes them
// encode --decode < columns > showers -- and back, exactly
//
// Showers: energy (GeV), cells (MeV), empty cells 0. Columns, as many as cells, smooth, unbounded and free of
// constraints:
//  1. an empty cell gets a value below the threshold T, T exp(-|n| - 0.001), n standard normal (dequantisation);
//  2. log_energy = log E, total = log(sum of layers / E), layer0 = logit(E_0 / (E_0 + E_1 + E_2)),
//     layer1 = logit(E_1 / (E_1 + E_2)): CaloFlow's ratios (Krause, Shih, 2021, arXiv:2106.05285);
//  3. in each layer, from the outermost cell inwards, the share u = e / rest of what the cells before have left, as
//     logit(u) + log(rest / T). This is log(e / T) for small u, so that "empty" is "below about 0" in every shower.
//     The last cell is what is left and needs no column.
// Decoding undoes these and empties the cells below T. Shares are broken off one after the other, since energies of all
// cells beside their sum would be columns with a constraint, on which no density exists.
#include <fmt/format.h>

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "calorimeter.h"

namespace {

using Row = std::vector<double>;

double sigmoid(double v) { return 1 / (1 + std::exp(-v)); }

// A layer's cells from the outermost inwards.
std::vector<std::size_t> inwards(const Layer& layer) {
  std::vector<std::size_t> order(layer.cells());
  std::iota(order.begin(), order.end(), 0);
  const auto distance = [&](std::size_t cell) {  // from the centre, squared, in integers
    const int i = static_cast<int>(cell) / layer.columns, j = static_cast<int>(cell) % layer.columns;
    const int y = (2 * i + 1 - layer.rows) * layer.columns, x = (2 * j + 1 - layer.columns) * layer.rows;
    return x * x + y * y;
  };
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return distance(a) > distance(b); });
  return order;
}

std::string column_names() {
  std::string names = "total,layer0,layer1";
  for (std::size_t l = 0; l < kLayers.size(); ++l) {
    std::vector<std::size_t> order = inwards(kLayers[l]);
    order.pop_back();
    for (const std::size_t cell : order) names += fmt::format(",v{}_{}", l, cell);
  }
  return names + ",log_energy";
}

Row encode(const Row& shower, boost::random::mt19937_64& engine) {
  boost::random::normal_distribution<> normal;
  Row cells(shower.begin() + 1, shower.end()), sums;
  for (double& e : cells)
    if (e < kThreshold) e = kThreshold * std::exp(-std::abs(normal(engine)) - 0.001);
  auto cell = cells.begin();
  for (const Layer& layer : kLayers) {
    const auto end = cell + static_cast<std::ptrdiff_t>(layer.cells());
    sums.push_back(std::accumulate(cell, end, 0.0));
    cell = end;
  }
  const double energy = 1000 * shower[0], behind = sums[1] + sums[2];
  Row columns = {std::log((sums[0] + behind) / energy), std::log(sums[0] / behind), std::log(sums[1] / sums[2])};
  std::size_t first = 0;
  for (const Layer& layer : kLayers) {
    const std::vector<std::size_t> order = inwards(layer);
    Row rest(order.size());  // each summed up from the small end: no cancellation
    double sum = 0;
    for (std::size_t k = order.size(); k-- > 0;) rest[k] = sum += cells[first + order[k]];
    for (std::size_t k = 0; k + 1 < order.size(); ++k)
      columns.push_back(std::log(cells[first + order[k]] / rest[k + 1] * rest[k] / kThreshold));
    first += order.size();
  }
  columns.push_back(std::log(shower[0]));
  return columns;
}

Row decode(const Row& columns) {
  const double energy = std::exp(columns.back()), total = 1000 * energy * std::exp(columns[0]);
  const double behind = total * sigmoid(-columns[1]);
  const double sums[] = {total * sigmoid(columns[1]), behind * sigmoid(columns[2]), behind * sigmoid(-columns[2])};
  Row shower = {energy};
  auto column = columns.begin() + 3;
  for (std::size_t l = 0; l < kLayers.size(); ++l) {
    const std::vector<std::size_t> order = inwards(kLayers[l]);
    Row cells(order.size());
    double rest = sums[l];
    for (std::size_t k = 0; k + 1 < order.size(); ++k) {
      const double logit = *column++ - std::log(rest / kThreshold);
      cells[order[k]] = rest * sigmoid(logit);
      rest *= sigmoid(-logit);
    }
    cells[order.back()] = rest;
    shower.insert(shower.end(), cells.begin(), cells.end());
  }
  // A little below the threshold is the threshold, rounded on its way through text.
  std::replace_if(
      shower.begin() + 1, shower.end(), [](double e) { return !(e >= kThreshold - 0.005); }, 0.0);
  return shower;
}

// Reads CSV whose header must be `names`.
template <class Use>
void for_rows(const std::string& names, Use use) {
  std::string line;
  if (!std::getline(std::cin, line) || line != names) throw std::runtime_error("the header is not " + names);
  const auto width = static_cast<std::size_t>(std::count(names.begin(), names.end(), ',')) + 1;
  while (std::getline(std::cin, line)) {
    Row row;
    for (const char* at = line.c_str(); row.size() < width; ++at) {
      char* end = nullptr;
      row.push_back(std::strtod(at, &end));
      if (end == at || *end != (row.size() < width ? ',' : '\0')) throw std::runtime_error("a bad line: " + line);
      at = end;
    }
    use(row);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) return std::fputs("usage: encode SEED | encode --decode\n", stderr), 2;
  std::ios::sync_with_stdio(false);
  const std::string showers = "energy" + cell_names(), columns = column_names();
  if (std::string(argv[1]) == "--decode") {
    fmt::print("{}\n", showers);
    for_rows(columns, [](const Row& row) {
      const Row shower = decode(row);
      std::string line = fmt::format("{:.5f}", shower[0]);
      for (std::size_t i = 1; i < shower.size(); ++i) line += shower[i] == 0 ? ",0" : fmt::format(",{:.2f}", shower[i]);
      fmt::print("{}\n", line);
    });
  } else {
    boost::random::mt19937_64 engine(std::strtoull(argv[1], nullptr, 10));
    fmt::print("{}\n", columns);
    for_rows(showers, [&](const Row& row) { fmt::print("{:.11g}\n", fmt::join(encode(row, engine), ",")); });
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
} catch (const std::exception& error) {
  return fmt::print(stderr, "encode: {}\n", error.what()), 1;
}
