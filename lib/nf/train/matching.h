#pragma once
// Flow matching: a continuous flow's field learns the straight ways from noise to the rows, without a solver, before
// maximum likelihood goes on from there. Lipman, Chen, Ben-Hamu, Nickel, Le, Flow matching for generative modeling,
// 2022, arXiv:2210.02747; Liu, Gong, Liu, Flow straight and fast, 2022, arXiv:2209.03003; Tong et al., Improving and
// generalizing flow-based generative models with minibatch optimal transport, 2023, arXiv:2302.00482.
#include "nf/data/prepare.h"
#include "nf/model/model.h"
#include "nf/train/straight_ways.h"
#include "nf/train/trainer.h"

namespace nf {
inline namespace NF_PRECISION {

// Why a flow has nothing to match: it has no ways, or its base is not normal; "": it has.
std::string unmatchable(const Flow& flow);

// loss = |v(x_t, t) - (x - z)|^2, x_t = (1 - t) z + t x, z and t drawn; earlier layers stay as they are. flow must
// outlive it. Throws Error with unmatchable().
std::unique_ptr<Objective> make_flow_matching(const Flow& flow);

// Trains model.theta by flow matching. amount: below 1 the share of the options' time, or, with a budget of epochs or
// steps, of as many more of them as cost that share, kMatchingSteps for the time of one by likelihood; else steps.
inline constexpr int kMatchingSteps = 30;
inline constexpr double kUsualMatch = 0.3;
// What the learning rate of maximum likelihood is multiplied by afterwards: the field is near its end.
inline constexpr double kRateAfterMatching = 0.1;
TrainResult match(Model& model, const TrainingData& data, const TrainOptions& options, double amount,
                  const TrainHooks& hooks);

}  // namespace NF_PRECISION
}  // namespace nf
