#pragma once
// Distillation, with T = teacher, S = student, on the flows' features; gradients run through the frozen teacher, too.
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
//   reflow      |v(x_t, t) - (x - z)|^2 on the straight way from z = T.encode(x) to x (straight_ways.h): a field that
//               leads along straight ways needs few steps. Liu, Gong, Liu, Flow straight and fast, 2022,
//               arXiv:2209.03003.
//   scales      squared differences of the log-scales that the conditioners hand to affine maps, S against T at
//               the same place, where kl is taken; before they are bounded. Ping, Peng, Chen, ClariNet, 2019,
//               arXiv:1807.07281.
// Rows may come with their noise behind them (paired), which else is found by encoding them, again in every epoch.
// Held out: KL(S || T) on fresh z and the contexts of the held-out rows; for a student whose density has no gradient
// (Traits::ld_gradient) |x - S.decode(T.encode(x))|^2 of these rows.
#include "nf/train/objective.h"

namespace nf {
inline namespace NF_PRECISION {

enum class Guide { kEnds, kStates, kFull };
struct DistillWeights {
#define NF_TERM(name, help) double name = 0;
#include "nf/train/objectives.def"
  double sum() const;
};
struct DistillTerm {
  Unit unit;
  double DistillWeights::*weight;
};
const std::vector<DistillTerm>& distill_terms();
struct DistillOptions {
  DistillWeights loss = {.xz = 1};
  DistillWeights finish = {};  // instead of `loss` in the last finish_share of the run
  double finish_share = 0;
  double beta = 0.5;
  Guide guide = Guide::kEnds;
  bool reflows() const { return loss.reflow + finish.reflow > 0; }
};
// Throws Error if all weights are 0, or if guide or scales ask for layers that student and teacher do not share.
std::unique_ptr<Objective> make_distill(const Flow& student, const Flow& teacher, const Vector& teacher_theta,
                                        std::uint64_t seed, const DistillOptions& options = {});

// The rows, each with the teacher's noise of it behind: to be trained on, and as they are, though doors may draw anew
// (Data::redraw). What has none has the weight 0.
Data paired(const Data& rows, const Flow& teacher, const Vector& teacher_theta, int threads);

}  // namespace NF_PRECISION
}  // namespace nf
