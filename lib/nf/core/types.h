#pragma once
// The scalar type of a build and the tile, the unit everything is computed in.
//
// The library is compiled twice: NF_REAL=float (namespace nf::f32, what the tools run) and NF_REAL=double (nf::f64,
// tests and `nf-inspect --check`). Both can be linked into one program: what depends on Real lives in
// `inline namespace NF_PRECISION`.
#include <Eigen/Core>
#include <cstdint>

#include "nf/core/error.h"

#ifndef NF_REAL
#define NF_REAL float
#endif
#define NF_NAMESPACE_float f32
#define NF_NAMESPACE_double f64
#define NF_JOIN_(a, b) a##b
#define NF_JOIN(a, b) NF_JOIN_(a, b)
#define NF_PRECISION NF_JOIN(NF_NAMESPACE_, NF_REAL)

namespace nf {
inline namespace NF_PRECISION {

using Real = NF_REAL;

// A tile holds 64 rows of a table, always 64 physically: feature j is the contiguous column at data() + 64 j, 64-byte
// aligned. Where fewer rows are real, the others repeat the last one; their results are ignored.
inline constexpr int kTile = 64;
using Tile = Eigen::Map<Eigen::Matrix<Real, kTile, Eigen::Dynamic>, Eigen::Aligned64>;
using TileIn = Eigen::Map<const Eigen::Matrix<Real, kTile, Eigen::Dynamic>, Eigen::Aligned64>;

using LogDet = Eigen::Array<double, kTile, 1>;  // one sum a row; sums are double in every build
using Vector = Eigen::Matrix<Real, Eigen::Dynamic, 1>;
using Batch = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;  // N x D, at the doors only

}  // namespace NF_PRECISION
}  // namespace nf
