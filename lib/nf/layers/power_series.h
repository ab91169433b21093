#pragma once
// log det(I + J) and its gradient from products with J alone, as power series that end at random (Chen, Behrmann,
// Duvenaud, Jacobsen, Residual flows, 2019, arXiv:1906.02735; Kahn's Russian roulette). For e of signs, E e e' = I:
//
//   log det(I + J) = E sum over k >= 1 of (-1)^(k+1) / k e' J^k e
//   d log det(I + J) = E w' dJ e,  w = sum over k >= 0 of (-J')^k e
//
// A row's series has `always` + K terms, K = 1, 2, .. with probabilities (1 - p)^(K-1) p, each weighted by one over the
// probability that it is reached: sums that are right in the mean.
#include <array>

#include "nf/layers/implicit.h"
#include "nf/nets/lipschitz_net.h"

namespace nf {
inline namespace NF_PRECISION {

struct Roulette {
  int always = 2;
  double p = 0.5;
  // Of the row that drew u, uniform on (0, 1).
  int terms(double u) const;
  // One over the probability of a series of k terms or more.
  double weight(int k) const;
};

// What a tile's rows drew.
struct Draw {
  const Real* signs = nullptr;  // e, dim columns
  std::array<int, kTile> terms = {};
  int most() const;
  LogDet reaching(int k, double value) const;  // value in rows of k terms or more, 0 in others
};

// Adds the series of log det(I + J) to ld.
void add_log_det_series(Pass& pass, const LipschitzNet& net, const Real* memory, const Roulette& roulette,
                        const Draw& draw, LogDet& ld);
// w = the sum of (-J')^k e.
void neumann_series(Pass& pass, const LipschitzNet& net, const Real* memory, const Roulette& roulette, const Draw& draw,
                    Tile w);

}  // namespace NF_PRECISION
}  // namespace nf
