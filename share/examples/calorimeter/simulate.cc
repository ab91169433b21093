// simulate SHOWERS SEED -- photon showers in a sampling calorimeter as CSV: incident energy in GeV, cells in MeV.
//
// A fast simulation in the manner of GFlash (Grindhammer, Peters, 1993, arXiv:hep-ex/0001020), made small:
//  1. energy: log-uniform in 1..100 GeV; the photon converts at an exponential depth of mean 9/7 radiation lengths and
//     loses a fluctuating few per cent in the material before the calorimeter;
//  2. depth: the shower's profile is a gamma density whose maximum and shape fluctuate together; a layer gets its
//  share;
//  3. width: core and halo, each R^2 / (pi (r^2 + R^2)^2), widening with depth, with a fluctuating scale, around a
//     fluctuating impact point and along a fluctuating direction;
//  4. sampling: a cell expecting m MeV gets a gamma variable of mean m and variance m * 40 MeV (20 % / sqrt(E / GeV));
//  5. readout: each cell shares 2 % with each of its neighbours; 4 MeV of noise; below 20 MeV a cell reads 0.
#include <fmt/format.h>

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/gamma_distribution.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "calorimeter.h"

namespace {

constexpr double kCritical = 7.4;  // MeV, lead: below it an electron showers no more
constexpr double kSampling = 40;   // MeV
constexpr double kSharing = 0.02;
constexpr double kNoise = 4;  // MeV

boost::random::mt19937_64 engine;  // Boost's, since the standard's distributions differ between libraries
double normal() { return boost::random::normal_distribution<>()(engine); }
double uniform() { return boost::random::uniform_01<>()(engine); }
double exponential() { return boost::random::exponential_distribution<>()(engine); }
double gamma(double shape) { return boost::random::gamma_distribution<>(shape)(engine); }

struct Shower {
  double energy;                  // incident, MeV
  double visible;                 // what reaches the calorimeter, MeV
  double start;                   // of the shower, radiation lengths
  double maximum, shape;          // of the gamma profile: depth after the start, exponent
  double x, y, slope_x, slope_y;  // Moliere radii; radii a radiation length
  double width;
  double upto(double depth) const {
    const double t = std::max(0.0, depth - start);
    return boost::math::gamma_p(shape, (shape - 1) / maximum * t);
  }
};

Shower draw() {
  Shower s{};
  s.energy = 1000 * std::pow(100, uniform());
  s.visible = s.energy * (1 - 0.02 * gamma(3));
  s.start = 9.0 / 7 * exponential();
  const double y = std::log(s.energy / kCritical), correlation = 0.705 - 0.023 * y;
  const double a = normal(), b = correlation * a + std::sqrt(1 - correlation * correlation) * normal();
  s.maximum = (y - 0.81) * std::exp(a / (1.26 * y - 1.4));
  s.shape = std::max(1.1, (0.81 + 0.486 * y) * std::exp(b / (0.86 * y - 0.58)));
  s.x = 0.3 * normal(), s.y = 0.3 * normal();
  s.slope_x = 0.02 * normal(), s.slope_y = 0.02 * normal();
  s.width = std::exp(0.15 * normal());
  return s;
}

// Integral of R^2 / (pi (x^2 + y^2 + R^2)^2) over [0, x] x [0, y].
double quadrant(double x, double y, double r) {
  const double u = std::hypot(x, r), v = std::hypot(y, r);
  return (x / u * std::atan(y / u) + y / v * std::atan(x / v)) / (2 * M_PI);
}

std::vector<double> shares(const Layer& layer, const Shower& s) {
  const double depth = (layer.from + layer.to) / 2, t = std::max(0.2, (depth - s.start) / s.maximum);
  const double core = s.width * (0.12 + 0.12 * t), halo = s.width * (0.6 + 0.4 * t);
  const double x0 = s.x + s.slope_x * depth, y0 = s.y + s.slope_y * depth;
  std::vector<double> upto;  // at the cells' corners
  for (int i = 0; i <= layer.rows; ++i)
    for (int j = 0; j <= layer.columns; ++j) {
      const double y = kHalfWidth * (2.0 * i / layer.rows - 1) - y0,
                   x = kHalfWidth * (2.0 * j / layer.columns - 1) - x0;
      upto.push_back(0.8 * quadrant(x, y, core) + 0.2 * quadrant(x, y, halo));
    }
  std::vector<double> result;
  const auto corner = [&](int i, int j) { return upto[static_cast<std::size_t>(i * (layer.columns + 1) + j)]; };
  for (int i = 0; i < layer.rows; ++i)
    for (int j = 0; j < layer.columns; ++j)
      result.push_back(corner(i + 1, j + 1) - corner(i, j + 1) - corner(i + 1, j) + corner(i, j));
  return result;
}

std::vector<double> share_with_neighbours(const Layer& layer, const std::vector<double>& deposits) {
  std::vector<double> result = deposits;
  const auto give = [&](int i, int j, double energy) {  // over the edge it is lost
    if (i >= 0 && i < layer.rows && j >= 0 && j < layer.columns)
      result[static_cast<std::size_t>(i * layer.columns + j)] += energy;
  };
  for (int i = 0; i < layer.rows; ++i)
    for (int j = 0; j < layer.columns; ++j) {
      const double energy = kSharing * deposits[static_cast<std::size_t>(i * layer.columns + j)];
      give(i, j, -4 * energy);
      give(i - 1, j, energy), give(i + 1, j, energy), give(i, j - 1, energy), give(i, j + 1, energy);
    }
  return result;
}

void print_layer(const Layer& layer, const Shower& s, std::string& line) {
  const double energy = s.visible * (s.upto(layer.to) - s.upto(layer.from));
  std::vector<double> deposits;
  for (const double share : shares(layer, s)) {
    const double expected = std::max(0.0, share * energy);
    deposits.push_back(expected > 0 ? kSampling * gamma(expected / kSampling) : 0);
  }
  for (const double deposit : share_with_neighbours(layer, deposits)) {
    const double read = deposit + kNoise * normal();
    line += read < kThreshold ? ",0" : fmt::format(",{:.2f}", read);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("usage: simulate SHOWERS SEED\n", stderr), 2;
  engine.seed(std::strtoull(argv[2], nullptr, 10));
  fmt::print("energy{}\n", cell_names());
  for (long n = std::atol(argv[1]); n > 0; --n) {
    const Shower shower = draw();
    std::string line = fmt::format("{:.5f}", shower.energy / 1000);
    for (const Layer& layer : kLayers) print_layer(layer, shower, line);
    fmt::print("{}\n", line);
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
