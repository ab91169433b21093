#pragma once
#include <utility>
#include <vector>

namespace nf {

// What a layer is, for those that build flows of it. forward is towards noise.
struct Traits {
  int dim = 0, noise_dim = 0;  // columns on the data's and on the noise's side; equal where it is a bijection
  // What forward adds is log p(x) - log p(z); else a lower bound of it in expectation, over what forward draws.
  bool exact = true, exact_inverse = true;  // exact_inverse: the same of the layer inverted
  bool approximate = false;                 // what it adds is as good as a solver's steps or some draws make it
  bool one_to_one = true;                   // else several z may stand for an x, of which inverse or forward finds one
  bool ld_gradient = true;                  // else backward throws where ld has a gradient: no training by density
  // One parallel pass, not feature after feature.
  bool parallel_forward = true, parallel_inverse = true;
  // Columns that are no lines stay what they are; layers that shift, scale or mix columns do not keep a circle.
  bool keeps_manifolds = false;
  // Many z stand for one x: forward draws one of them, and what it adds does not depend on which; inverse finds x
  // again. Columns of levels (core/manifold.h) need such a layer.
  bool discrete = false;
  bool keeps_gaps = false;             // knows of features that are not there (Pass::present)
  std::vector<int> normal_noise = {};  // columns whose noise has to be standard normal
  // z_i follows from x_i and from those x_j with a lower order[j], not from others; empty: from all.
  std::vector<int> order = {};
  bool wants_data = false;           // a start from data: init_data
  bool collects = false;             // statistics of its forward's input, which init_data can estimate again
  int outputs = 0;                   // columns of the conditioner's outputs, which Pass::phi receives
  std::vector<int> log_scales = {};  // those among them that are log-scales of affine maps

  bool bijective() const { return exact && exact_inverse && !discrete; }
  Traits inverted() const {
    Traits other = *this;
    std::swap(other.dim, other.noise_dim);
    std::swap(other.parallel_forward, other.parallel_inverse);
    std::swap(other.exact, other.exact_inverse);
    other.collects = false;  // its statistics follow from the other side
    return other;
  }
};

// Of two layers one after another, where both have an order and these agree.
std::vector<int> joined_order(const std::vector<int>& first, const std::vector<int>& second);

}  // namespace nf
