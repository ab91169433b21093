// category.cc -- words: each is a level of its own or, where there are many, one of the rest, which are one level
// together and among themselves have the shares they had. A gap is a level too.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nf/core/random.h"
#include "nf/doors/levels.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Category final : public LevelsDoor<Category> {
 public:
  Category(CellForm form, int own, std::vector<double> shares)
      : form_(std::move(form)), own_(own), shares_(std::move(shares)) {}
  int count() const { return own_ + (shares_.empty() ? 0 : 1) + (form_.gaps ? 1 : 0); }
  bool wide() const override { return false; }
  CellForm form() const override { return form_; }
  Json spec() const override {
    const auto rest = form_.words.begin() + own_;
    Json spec = {{"kind", "category"}, {"words", std::vector<std::string>(form_.words.begin(), rest)}};
    if (!shares_.empty()) {
      spec["rest"] = std::vector<std::string>(rest, form_.words.end());
      spec["shares"] = shares_;
    }
    if (form_.gaps) spec["gap"] = form_.gap;
    return spec;
  }

  int level(double cell, double& log_share) const {
    if (!is_word(cell)) return is_gap(cell) && form_.gaps ? count() - 1 : -1;
    const std::uint32_t word = word_of(cell);
    if (word >= form_.words.size()) return -1;
    if (word < static_cast<std::uint32_t>(own_)) return static_cast<int>(word);
    log_share = std::log(shares_[word - static_cast<std::uint32_t>(own_)]);
    return own_;
  }
  double cell(int level, double u, double& log_share) const {
    if (form_.gaps && level == count() - 1) return kGap;
    if (level < own_) return word_cell(static_cast<std::uint32_t>(level));
    std::size_t i = 0;
    for (; i + 1 < shares_.size() && u >= shares_[i]; ++i) u -= shares_[i];
    log_share = std::log(shares_[i]);
    return word_cell(static_cast<std::uint32_t>(own_) + static_cast<std::uint32_t>(i));
  }

 private:
  CellForm form_;
  int own_;
  std::vector<double> shares_;  // of the words that are one level together
};

std::vector<double> read_shares(SpecReader& spec, std::size_t count) {
  std::vector<double> shares = spec.numbers("shares");
  if (shares.size() != count) spec.fail("'shares' is not a list of as many numbers as 'rest' has words");
  if (std::any_of(shares.begin(), shares.end(), [](double share) { return !(share > 0 && share <= 1); }))
    spec.fail("'shares' has what is no share");
  if (!shares.empty() && std::abs(std::accumulate(shares.begin(), shares.end(), 0.0) - 1) > 1e-6)
    spec.fail("'shares' do not add up to 1");
  return shares;
}

}  // namespace

std::unique_ptr<Door> make_category(SpecReader& spec) {
  CellForm form{.words = spec.words("words"), .names = true, .gaps = spec.has("gap")};
  const auto own = static_cast<int>(form.words.size());
  const std::vector<std::string> rest = spec.words("rest");
  form.words.insert(form.words.end(), rest.begin(), rest.end());
  if (form.gaps) form.gap = spec.word("gap", "", {});
  std::vector<std::string> sorted = form.words;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) spec.fail("a word stands twice");
  auto door = std::make_unique<Category>(std::move(form), own, read_shares(spec, rest.size()));
  if (door->count() < 2 || door->count() > kMostLevels) spec.fail(fmt::format("{} levels", door->count()));
  return door;
}

// "most": words with a level of their own [100]. "gap": how gaps are written. Words by falling weight.
std::unique_ptr<Door> measure_category(SpecReader& wish, const ColumnValues& column) {
  const auto most = static_cast<std::size_t>(wish.integer("most", 100, 1, kMostLevels - 2));
  std::vector<double> weight(column.words.size(), 0);
  bool gaps = false;
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    const double cell = column.values[i];
    if (is_word(cell) && word_of(cell) < weight.size()) weight[word_of(cell)] += column.weight(i);
    else if (is_gap(cell)) gaps = true;
    else
      throw Error(fmt::format("column {}: {} is not a word, and the door category was asked for", column.label, cell));
  }
  std::vector<std::size_t> order(weight.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return weight[a] != weight[b] ? weight[a] > weight[b] : column.words[a] < column.words[b];
  });
  CellForm form{.names = true, .gaps = gaps, .gap = wish.word("gap", "", {})};
  constexpr std::size_t kMostWords = 1 << 16, kMostBytes = 1 << 22;
  std::size_t bytes = 0;
  for (const std::string& word : column.words) bytes += word.size();
  if (order.size() > kMostWords || bytes > kMostBytes)
    throw Error(fmt::format("column {}: {} different words of {} bytes are too many for a category", column.label,
                            order.size(), bytes));
  for (const std::size_t word : order) form.words.push_back(column.words[word]);
  const std::size_t own = form.words.size() <= most + 1 ? form.words.size() : most;
  std::vector<double> shares;
  for (std::size_t i = own; i < order.size(); ++i) shares.push_back(weight[order[i]] + 0.5);  // some may be new below
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= sum;
  auto door = std::make_unique<Category>(std::move(form), static_cast<int>(own), std::move(shares));
  return door->count() < 2 ? nullptr : std::move(door);
}

}  // namespace NF_PRECISION
}  // namespace nf
