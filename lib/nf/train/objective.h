#pragma once
// What training minimises: a loss a row of the numbers in theta, and a held-out value that decides which epoch is kept.
// The trainer knows nothing else; a flow is one thing to train, a classifier another.
#include <memory>
#include <string>
#include <vector>

#include "nf/core/params.h"
#include "nf/data/column.h"
#include "nf/flow/flow.h"

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
  virtual const Params& params() const = 0;  // of theta
  // What follows from theta alone, for Pass::prepared: made once a step.
  virtual void prepare(const Real*, Stack&, Vector&) const {}
  // One tile of training rows: returns the sum of weight * loss over the rows and adds its gradient to pass.dtheta.
  // weight is 0 for rows that are not real. REQUIRES: pass.tape, pass.dtheta.
  virtual double tile(Pass& pass, TileIn x, const LogDet& weight, const Moment& moment) const = 0;
  // Of held-out rows first .. first + pass.rows - 1 of `data`, which x holds.
  virtual void row_losses(Pass& pass, TileIn x, const Data& data, Eigen::Index first, LogDet& loss) const = 0;
  // Whether what it learns of a row is an integral by steps, and how far off those were: the standard error of each of
  // the held-out rows' losses. Training ends when it grows where the losses do not shrink.
  virtual bool integrates() const { return false; }
  virtual void row_errors(Pass&, TileIn /*x*/, LogDet& /*error*/) const {}
  virtual double shown(double loss, const Data&) const { return loss; }  // as logs and people want it, over these rows
  virtual const char* unit() const { return " nats"; }                   // of that

  // Sums over a step's rows at Pass::stats, and what becomes of theta by them.
  virtual int num_stats() const { return 0; }
  virtual void after_step(Real*, const double*) const {}
  // What is not trained, where theta was made otherwise than by steps: averaged, for one.
  virtual void settle(Vector&, const Data&) const {}

  virtual std::string failure() const { return ""; }  // why training cannot go on; asked after every step
  // What may help where no batch has a finite loss; the last one's was `loss`.
  virtual std::string advice(double) const { return "a smaller learning rate or gradient clipping may help"; }
};

// Where theta is a flow's, which must outlive the objective.
class FlowObjective : public Objective {
 public:
  explicit FlowObjective(const Flow& flow) : flow_(flow) {}
  const Params& params() const override { return flow_.params(); }
  void prepare(const Real* theta, Stack& scratch, Vector& prepared) const override {
    flow_.prepare(theta, scratch, prepared);
  }
  int num_stats() const override { return flow_.num_stats(); }
  void after_step(Real* theta, const double* stats) const override { flow_.after_step(theta, stats); }
  void settle(Vector& theta, const Data& data) const override;
  std::string advice(double loss) const override;

 protected:
  const Flow& flow_;
};

// Throws Error where a flow's density has no gradient (Traits::ld_gradient).
void require_ld_gradient(const Flow& flow);

// What flows can be trained for; a line of objectives.def each.
struct ObjectiveKind {
  Unit unit;
  bool wants_target;  // and draws its rows, instead of rows of data
};
const std::vector<ObjectiveKind>& objectives();
class Target;
struct ObjectiveSetup {
  const Flow& flow;
  const Target* target = nullptr;  // must outlive the objective
  std::uint64_t seed = 0;
  double anneal = 0;  // of reverse_kl
};
// Throws Error for unknown names, and for flows that the objective cannot train.
std::unique_ptr<Objective> make_objective(const std::string& name, const ObjectiveSetup& setup);

// Maximum likelihood: loss = -log p(x), shown as the log-likelihood in data units.
std::unique_ptr<Objective> make_forward_kl(const Flow& flow);

}  // namespace NF_PRECISION
}  // namespace nf
