#pragma once
// What training minimises: a loss a row, and a held-out value that decides which epoch is kept.
#include <memory>
#include <string>
#include <vector>

#include "nf/core/parallel.h"
#include "nf/flow/flow.h"
#include "nf/train/evaluate.h"
#include "nf/data/column.h"

namespace nf {
inline namespace NF_PRECISION {

// Where in a run a tile stands.
struct Moment {
  std::uint64_t example = 0;  // no other tile of the run has it: randomness for rows example .. example + 63
  double progress = 0;        // the share of the run's steps that are done; 0 until their number is known
};

// Const and shared by all threads.
class Objective {
 public:
  virtual ~Objective() = default;
  // One tile of training rows: returns the sum of weight * loss over the rows and adds its gradient to pass.dtheta.
  // weight is 0 for rows that are not real. REQUIRES: pass.tape, pass.dtheta.
  virtual double tile(Pass& pass, TileIn x, const LogDet& weight, const Moment& moment) const = 0;
  virtual HeldOut validate(const Vector& theta, const Data& data, Pool& pool, std::vector<Stack>& stacks) const = 0;
  virtual double shown(double loss) const { return loss; }  // as logs and people want it
  // Why training cannot go on, "" while it can; the trainer asks after every step.
  virtual std::string failure() const { return ""; }
};

// Maximum likelihood: loss = -log p(x), shown as the log-likelihood in data units, with what the doors add on average
// to the rows to validate on.
std::unique_ptr<Objective> make_forward_kl(const Flow& flow, const Data& valid = {});

// Distillation, with T = teacher, S = student, in standardised units; gradients run through the frozen teacher, too.
//   xz          2 beta h(x - S.decode(T.encode(x))) + 2 (1 - beta) h(z - T.encode(S.decode(z))), z fresh from the base,
//               h(e) = sum of 9 (sqrt(1 + e_j^2 / 9) - 1): half the squared error, but linear in errors beyond 3.
//               Krause, Pang, Shih, CaloFlow for CaloChallenge, 2022, arXiv:2210.14245. Guided, h is also taken of the
//               states between the layers (kStates) and of the conditioners' outputs (kFull) on both passes.
//   kl          log p_S(x) - log p_T(x), x = S.decode(z): probability density distillation,
//               van den Oord et al., Parallel WaveNet, 2017, arXiv:1711.10433. Its gradient is taken along the samples'
//               path alone: what is left out, the explicit dependence of log p_S on its numbers, has the mean 0 if the
//               base has no edges (else nothing is left out), and without it the gradient of each sample vanishes where
//               S = T. Roeder, Wu, Duvenaud, Sticking the
//               landing, 2017, arXiv:1703.09194; for flows Vaitl, Nicoli, Nakajima, Kessel, 2022, arXiv:2207.08219.
//   forward_kl  -log p_S(x), x = T.decode(z): maximum likelihood on the teacher's own samples.
//   scales      squared differences of the log-scales that the conditioners hand to affine maps, S against T at
//               the same place, where kl is taken; before they are bounded. Ping, Peng, Chen, ClariNet, 2019,
//               arXiv:1807.07281.
// Held out: KL(S || T) on fresh z and the contexts of the held-out rows.
enum class Guide { kEnds, kStates, kFull };
struct DistillWeights {
  double xz = 0, kl = 0, forward_kl = 0, scales = 0;
  double sum() const { return xz + kl + forward_kl + scales; }
};
struct DistillOptions {
  DistillWeights loss = {.xz = 1};
  DistillWeights finish = {};  // instead of `loss` in the last finish_share of the run
  double finish_share = 0;
  double beta = 0.5;
  Guide guide = Guide::kEnds;
};
// Throws Error if all weights are 0, or if guide or scales ask for layers that student and teacher do not share.
std::unique_ptr<Objective> make_distill(const Flow& student, const Flow& teacher, const Vector& teacher_theta,
                                        std::uint64_t seed, const DistillOptions& options = {});

}  // namespace NF_PRECISION
}  // namespace nf
