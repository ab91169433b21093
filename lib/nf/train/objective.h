#pragma once
// What training minimises: a loss a row, and a held-out value that decides which epoch is kept.
#include <memory>
#include <vector>

#include "nf/core/parallel.h"
#include "nf/flow/flow.h"
#include "nf/flow/model.h"

namespace nf {
inline namespace NF_PRECISION {

// Standardised rows.
struct Data {
  Batch x, c;                  // c has no columns for an unconditional flow
  std::vector<double> weight;  // one a row, or empty: all 1
  Eigen::Index rows() const { return x.rows(); }
};

struct HeldOut {
  double loss = 0;   // the mean; smaller is better
  double error = 0;  // its standard error
};

// Const and shared by all threads.
class Objective {
 public:
  virtual ~Objective() = default;
  // One tile of training rows: returns the sum of weight * loss over the rows and adds its gradient to pass.dtheta.
  // weight is 0 for rows that are not real. `example` is a number that no other tile of the run has: randomness for
  // rows example .. example + 63 comes from it. REQUIRES: pass.tape, pass.dtheta.
  virtual double tile(Pass& pass, TileIn x, const LogDet& weight, std::uint64_t example) const = 0;
  virtual HeldOut validate(const Vector& theta, const Data& data, Pool& pool, std::vector<Stack>& stacks) const = 0;
  virtual double shown(double loss) const { return loss; }  // as logs and people want it
};

// Maximum likelihood: loss = -log p(x), shown as the log-likelihood in data units.
std::unique_ptr<Objective> make_forward_kl(const Flow& flow, double door_log_det);

// Distillation on the end points of two cheap passes, with T = teacher, S = student, in standardised units:
//   h(x - S.decode(T.encode(x))) + h(z - T.encode(S.decode(z))),   z fresh from the base,
// h(e) = sum of 9 (sqrt(1 + e_j^2 / 9) - 1): half the squared error, but linear in errors beyond 3. The gradient of the
// second runs through the frozen teacher. Krause, Pang, Shih, CaloFlow for CaloChallenge, 2022, arXiv:2210.14245. Held
// out: KL(S || T) = E_z[log p_S(x) - log p_T(x)], x = S.decode(z), on fresh z and the contexts of the held-out rows.
std::unique_ptr<Objective> make_distill(const Flow& student, const Flow& teacher, const Vector& teacher_theta,
                                        std::uint64_t seed);

// Mean and standard error of rows' values over a table, weighted; tile(pass, x, first row, values) fills 64 of them.
HeldOut evaluate_rows(const Vector& theta, const Data& data, Pool& pool, std::vector<Stack>& stacks,
                      const std::function<void(Pass&, TileIn, std::uint64_t, LogDet&)>& tile);

}  // namespace NF_PRECISION
}  // namespace nf
