#include "nf/nets/made.h"

#include <algorithm>
#include <numeric>

namespace nf {
inline namespace NF_PRECISION {

std::vector<std::vector<int>> Made::default_degrees(int context, int dim, const std::vector<int>& hidden) {
  std::vector<std::vector<int>> degrees;
  for (int width : hidden) {
    std::vector<int> count(dim);
    if (context > 0) count[0] = dim == 1 ? width : (width + 3) / 4;
    const int rest = width - count[0];
    for (int h = 0; h < rest && dim > 1; ++h) ++count[1 + static_cast<std::int64_t>(h) * (dim - 1) / rest];
    degrees.push_back(std::move(count));
  }
  return degrees;
}

namespace {

MlpShape masked_shape(const std::vector<int>& input_at, const std::vector<int>& output_at, const NetSpec& net,
                      const std::vector<std::vector<int>>& degrees, const std::vector<std::vector<int>>& ends) {
  const int dim = static_cast<int>(input_at.size()) - 1;
  MlpShape shape{.inputs = input_at.back(),
                 .outputs = output_at.back(),
                 .hidden = {},
                 .activation = net.activation,
                 .residual = net.residual,
                 .row_len = {}};
  // What a unit of degree d sees of the layer before.
  const auto sees = [&](std::size_t layer, int d) { return layer == 0 ? input_at[d] : ends[layer - 1][d]; };
  for (std::size_t l = 0; l < degrees.size(); ++l) {
    std::vector<int> len;
    for (int d = 0; d < dim; ++d) len.insert(len.end(), degrees[l][d], sees(l, d));
    shape.hidden.push_back(static_cast<int>(len.size()));
    shape.row_len.push_back(std::move(len));
  }
  std::vector<int> len;
  for (int i = 0; i < dim; ++i) {
    const auto place = static_cast<std::size_t>(i);
    len.insert(len.end(), output_at[place + 1] - output_at[place], sees(degrees.size(), i));
  }
  shape.row_len.push_back(std::move(len));
  return shape;
}

// Where each of `counts` begins after `first`, and the end.
std::vector<int> places(int first, const std::vector<int>& counts) {
  std::vector<int> at = {first};
  for (int count : counts) at.push_back(at.back() + count);
  return at;
}

std::vector<std::vector<int>> running_sums(const std::vector<std::vector<int>>& degrees) {
  std::vector<std::vector<int>> ends = degrees;
  for (auto& layer : ends) std::partial_sum(layer.begin(), layer.end(), layer.begin());
  return ends;
}

}  // namespace

Made::Made(int context, const std::vector<int>& inputs, const std::vector<int>& outputs, const NetSpec& net,
           const std::vector<std::vector<int>>& degrees, Params& params, const std::string& name)
    : dim_(static_cast<int>(inputs.size())),
      input_at_(places(context, inputs)),
      output_at_(places(0, outputs)),
      ends_(running_sums(degrees)),
      mlp_(masked_shape(input_at_, output_at_, net, degrees, ends_), params, name) {}

// Outputs of the block of features that d is in get their part at once, those further on when the block is complete:
// fewer passes over them, the same order of summation.
void Made::advance(const Real* theta, const Real* x, Real* memory, int d, Real* out) const {
  for (int l = 0; l < mlp_.layers(); ++l) mlp_.forward_hidden(theta, x, memory, l, up_to(l, d - 1), up_to(l, d));
  const int begin = d / kBlock * kBlock, end = std::min(begin + kBlock, dim_);
  mlp_.push_output(theta, x, memory, seen_by_outputs(d - 1), seen_by_outputs(d), output_at(d), output_at(end), out);
  if (d + 1 == end)
    mlp_.push_output(theta, x, memory, seen_by_outputs(begin - 1), seen_by_outputs(d), output_at(end), output_at(dim_),
                     out);
}

void Made::retreat(const Real* theta, const Real* memory, const Real* dout, Real* gradients, int d) const {
  for (int l = mlp_.layers() - 1; l >= 0; --l)
    mlp_.backward_hidden(theta, memory, dout, gradients, l, up_to(l, d - 1), up_to(l, d));
}

}  // namespace NF_PRECISION
}  // namespace nf
