#include "nf/compare/trees.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "nf/core/random.h"

namespace nf::compare {
namespace {

constexpr int kBins = 256;

using Rows = std::vector<std::size_t>;

// The largest values of the bins but the last: one bin a distinct value, or as many rows a bin.
std::vector<double> edges_of(const std::vector<double>& sorted) {
  std::vector<double> edges;
  std::unique_copy(sorted.begin(), sorted.end(), std::back_inserter(edges));
  if (edges.size() > kBins) {
    edges.clear();
    for (std::size_t b = 1; b <= kBins; ++b) edges.push_back(sorted[(sorted.size() * b) / kBins - 1]);
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  }
  edges.pop_back();
  return edges;
}

// Of every row the bin of each feature; features that never vary among `train` are left out.
class Features {
 public:
  Features(const Labelled& data, const Rows& train) : train_(train), is_train_(data.size(), false) {
    for (const std::size_t row : train) is_train_[row] = true;
    std::vector<double> value(data.size()), count(data.size()), whole(data.size());
    for (int c = 0; c < data.columns; ++c) {
      for (std::size_t i = 0; i < data.size(); ++i)
        value[i] = data.row(i)[c], whole[i] = value[i] == std::floor(value[i]);
      const std::vector<double> sorted = sorted_train(value);
      for (std::size_t i = 0; i < data.size(); ++i) {
        const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value[i]);
        count[i] = static_cast<double>(last - first) - is_train_[i];
      }
      for (const std::vector<double>* feature : {&value, &count, &whole}) add(*feature);
    }
  }
  std::size_t size() const { return bins_.size(); }
  std::uint8_t operator()(std::size_t feature, std::size_t row) const { return bins_[feature][row]; }

 private:
  std::vector<double> sorted_train(const std::vector<double>& values) const {
    std::vector<double> sorted;
    for (const std::size_t row : train_) sorted.push_back(values[row]);
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }
  void add(const std::vector<double>& values) {
    const std::vector<double> edges = edges_of(sorted_train(values));
    if (edges.empty()) return;
    std::vector<std::uint8_t>& bins = bins_.emplace_back(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      bins[i] = static_cast<std::uint8_t>(std::lower_bound(edges.begin(), edges.end(), values[i]) - edges.begin());
  }

  const Rows& train_;
  std::vector<bool> is_train_;
  std::vector<std::vector<std::uint8_t>> bins_;
};

struct Sums {
  double slope = 0, curvature = 0, rows = 0;
  Sums& operator+=(const Sums& b) { return slope += b.slope, curvature += b.curvature, rows += b.rows, *this; }
  Sums operator-(const Sums& b) const { return {slope - b.slope, curvature - b.curvature, rows - b.rows}; }
};

struct Split {
  double gain = 0;  // 0: there is none
  std::size_t feature = 0;
  int bin = 0;  // rows up to it go left
};

struct Leaf {
  std::span<std::size_t> rows;
  std::vector<Sums> histogram;  // kBins a feature
  Sums sums;
  Split best;
  int node = 0;
};

struct Node {
  std::size_t feature = 0;
  int bin = 0, left = -1;  // the right one follows; -1: a leaf
  double value = 0;
};

class Booster {
 public:
  Booster(const Labelled& data, int fold, const TreeOptions& options, std::uint64_t seed)
      : data_(data), options_(options), random_(seed, Stream::kShuffle) {
    for (std::size_t i = 0; i < data.size(); ++i) (data.fold[i] == fold ? test_ : train_).push_back(i);
  }

  std::vector<double> run() {
    const Features features(data_, train_);
    features_ = &features;
    Rows learn = train_;
    shuffle(learn, random_);
    const Rows aside(learn.end() - static_cast<std::ptrdiff_t>(learn.size() / 10), learn.end());
    learn.resize(learn.size() - aside.size());
    weigh(learn);
    logits_.assign(data_.size(), 0);
    std::vector<double> best(test_.size(), 0);
    double least = loss(aside);
    for (int round = 0, since = 0; round < options_.rounds && since < options_.patience && features.size() > 0;
         ++round) {
      grow(learn);
      for (std::size_t i = 0; i < data_.size(); ++i) logits_[i] += options_.rate * value(i);
      const double now = loss(aside);
      ++since;
      if (!(now < least)) continue;
      least = now, since = 0;
      for (std::size_t i = 0; i < test_.size(); ++i) best[i] = logits_[test_[i]];
    }
    return best;
  }

 private:
  void weigh(const Rows& rows) {
    const auto all = static_cast<double>(rows.size());
    const auto second = static_cast<double>(
        std::count_if(rows.begin(), rows.end(), [&](std::size_t row) { return data_.is_second(row); }));
    weight_[0] = all / (2 * (all - second));
    weight_[1] = all / (2 * second);
  }
  double loss(const Rows& rows) const {
    double sum = 0;
    for (const std::size_t row : rows) {
      const bool second = data_.is_second(row);
      const double against = second ? -logits_[row] : logits_[row];
      sum += weight_[second] * (std::max(against, 0.0) + std::log1p(std::exp(-std::abs(against))));
    }
    return sum;
  }

  // One tree, the leaf with the largest gain split first.
  void grow(const Rows& learn) {
    draw_features();
    derivatives_.resize(data_.size());
    for (const std::size_t row : learn) {
      const bool second = data_.is_second(row);
      const double p = 1 / (1 + std::exp(-logits_[row]));
      derivatives_[row] = {weight_[second] * (p - second), weight_[second] * p * (1 - p), 1};
    }
    rows_ = learn;
    nodes_.assign(1, {});
    std::vector<Leaf> leaves(1);
    leaves[0].rows = rows_;
    leaves[0].histogram = histogram(leaves[0].rows);
    for (const std::size_t row : rows_) leaves[0].sums += derivatives_[row];
    find_split(leaves[0]);
    while (leaves.size() < static_cast<std::size_t>(options_.leaves)) {
      const auto widest = std::max_element(leaves.begin(), leaves.end(),
                                           [](const Leaf& a, const Leaf& b) { return a.best.gain < b.best.gain; });
      if (!(widest->best.gain > 0)) break;
      Leaf right = split(*widest);
      leaves.push_back(std::move(right));
    }
    for (const Leaf& leaf : leaves)
      nodes_[leaf.node].value = -leaf.sums.slope / (leaf.sums.curvature + options_.penalty);
  }
  void draw_features() {
    drawn_.resize(features_->size());
    std::iota(drawn_.begin(), drawn_.end(), std::size_t{0});
    if (drawn_.size() <= static_cast<std::size_t>(options_.most_features)) return;
    shuffle(drawn_, random_);
    drawn_.resize(options_.most_features);
  }
  std::vector<Sums> histogram(std::span<const std::size_t> rows) const {
    std::vector<Sums> sums(drawn_.size() * kBins);
    for (std::size_t f = 0; f < drawn_.size(); ++f)
      for (const std::size_t row : rows) sums[f * kBins + (*features_)(drawn_[f], row)] += derivatives_[row];
    return sums;
  }
  double score(const Sums& s) const { return s.slope * s.slope / (s.curvature + options_.penalty); }
  void find_split(Leaf& leaf) const {
    leaf.best = {};
    for (std::size_t f = 0; f < drawn_.size(); ++f) {
      Sums left;
      for (int bin = 0; bin + 1 < kBins; ++bin) {
        left += leaf.histogram[f * kBins + bin];
        const Sums right = leaf.sums - left;
        if (left.rows < options_.least_rows || right.rows < options_.least_rows) continue;
        const double gain = score(left) + score(right) - score(leaf.sums);
        if (gain > leaf.best.gain + 1e-12) leaf.best = {gain, drawn_[f], bin};
      }
    }
  }
  // `leaf` becomes its left half; returns the right one.
  Leaf split(Leaf& leaf) {
    const Split cut = leaf.best;
    const auto middle = std::stable_partition(
        leaf.rows.begin(), leaf.rows.end(), [&](std::size_t row) { return (*features_)(cut.feature, row) <= cut.bin; });
    const auto count = static_cast<std::size_t>(middle - leaf.rows.begin());
    Leaf right;
    right.rows = leaf.rows.subspan(count);
    leaf.rows = leaf.rows.first(count);
    Leaf &small = count < right.rows.size() ? leaf : right, &large = count < right.rows.size() ? right : leaf;
    std::vector<Sums> whole = std::move(leaf.histogram);
    small.histogram = histogram(small.rows);
    for (std::size_t i = 0; i < whole.size(); ++i) whole[i] = whole[i] - small.histogram[i];
    large.histogram = std::move(whole);
    for (Leaf* half : {&leaf, &right}) {
      half->sums = {};
      for (const std::size_t row : half->rows) half->sums += derivatives_[row];
      find_split(*half);
    }
    const int left = static_cast<int>(nodes_.size());
    Node& parent = nodes_[leaf.node];
    parent.feature = cut.feature, parent.bin = cut.bin, parent.left = left;
    nodes_.resize(nodes_.size() + 2);
    leaf.node = left;
    right.node = left + 1;
    return right;
  }
  double value(std::size_t row) const {
    const Node* node = &nodes_[0];
    while (node->left >= 0) node = &nodes_[node->left + ((*features_)(node->feature, row) > node->bin)];
    return node->value;
  }

  const Labelled& data_;
  const TreeOptions& options_;
  Uniforms random_;
  const Features* features_ = nullptr;
  Rows train_, test_, rows_, drawn_;
  double weight_[2] = {};
  std::vector<double> logits_;
  std::vector<Sums> derivatives_;
  std::vector<Node> nodes_;
};

}  // namespace

std::vector<double> tree_logits(const Labelled& data, int fold, const TreeOptions& options, std::uint64_t seed) {
  return Booster(data, fold, options, seed).run();
}

}  // namespace nf::compare
