// Log-densities against those that an independent NumPy program computed from share/doc/format.md alone
// (tests/golden/reference.py), and the worked example of that page.
#include "real_test.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "nf/model/model_file.h"
#include "nf/io/table.h"
#include "nf/io/words.h"
#include "nf/model/scorer.h"

namespace nf {
namespace {

const std::filesystem::path kFolder = NF_SOURCE_DIR "/tests/golden/";

Model load_golden(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return parse_model(std::as_bytes(std::span(bytes)));
}

std::vector<double> read(const std::vector<Column>& columns) {
  const auto reader = io::TableReader::open((kFolder / "rows.csv").string(), {});
  std::vector<io::Cells> cells;
  for (const Column& column : columns) cells.push_back(io::cells_of(column.door->form()));
  reader->select(reader->find(names(columns)), cells);
  std::vector<double> values;
  for (io::Block block; reader->next(block);) values.insert(values.end(), block.values.begin(), block.values.end());
  return values;
}

BOOST_AUTO_TEST_CASE(log_densities_are_those_of_the_independent_reader) {
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".nf") continue;
    BOOST_TEST_CONTEXT(entry.path().filename()) {
      const Model model = load_golden(entry.path());
      std::filesystem::path expected = entry.path();
      std::ifstream reference(expected.replace_extension(".txt"));
      const std::vector<double> lines{std::istream_iterator<double>(reference), {}};
      const std::vector<double> x = read(model.columns), c = read(model.context);
      std::vector<double> lp(lines.size());
      BOOST_TEST_REQUIRE(x.size() == lines.size() * model.columns.size());
      Scorer(model, 1).log_prob(x.data(), c.data(), static_cast<int>(lp.size()), lp.data(), nullptr);
      for (std::size_t i = 0; i < lines.size(); ++i)
        BOOST_TEST(std::abs(lp[i] - lines[i]) <= tolerance(1e-10, 1e-3) * std::max(1.0, std::abs(lines[i])));
      ++models;
    }
  }
  BOOST_TEST(models >= 20);
}

// v1/ holds the same models as version 1 of the format had them.
BOOST_AUTO_TEST_CASE(files_of_version_1_give_the_same_bits) {
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder / "v1")) {
    BOOST_TEST_CONTEXT(entry.path().filename()) {
      const Model old = load_golden(entry.path()), now = load_golden(kFolder / entry.path().filename());
      BOOST_TEST(serialise(old) == serialise(now));
      const std::vector<double> x = read(old.columns), c = read(old.context);
      const auto rows = static_cast<int>(x.size() / old.columns.size());
      std::vector<double> lp(rows), again(rows);
      Scorer(old, 1).log_prob(x.data(), c.data(), rows, lp.data(), nullptr);
      Scorer(now, 1).log_prob(x.data(), c.data(), rows, again.data(), nullptr);
      BOOST_TEST(lp == again);
      ++models;
    }
  }
  BOOST_TEST(models >= 20);
}

BOOST_AUTO_TEST_CASE(the_worked_example_of_the_format_page) {
  Model model({{"dim", 1}, {"layers", {{{"kind", "elementwise"}}}}});
  model.columns[0] = {"v", make_door({{"kind", "standardise"}, {"mean", 10}, {"scale", 2}}, "v")};
  model.theta[0] = Real(0.5);
  model.theta[1] = 1;
  const double v = 13;
  double lp = 0, z = 0;
  Scorer(model, 1).log_prob(&v, nullptr, 1, &lp, &z);
  BOOST_TEST(std::abs(z - 4.093070) <= 1e-6);
  BOOST_TEST(std::abs(lp + 9.115155) <= 2e-6);
}

// The table of Philox words on that page: | seed | row | column block | four words |.
BOOST_AUTO_TEST_CASE(the_format_pages_random_words_are_those_of_the_sampler) {
  std::ifstream page(NF_SOURCE_DIR "/share/doc/format.md");
  int rows = 0;
  for (std::string line; std::getline(page, line);) {
    unsigned long long seed = 0, row = 0;
    unsigned block = 0, word[4] = {};
    if (std::sscanf(line.c_str(), "| %llu | %llu | %u | %8x %8x %8x %8x |", &seed, &row, &block, word, word + 1,
                    word + 2, word + 3) != 7)
      continue;
    alignas(64) double u[4 * kTile];
    kernels::uniforms({seed, row, 0, static_cast<int>(4 * block), 4}, u);
    for (int j = 0; j < 4; ++j) BOOST_TEST(u[kTile * j] == (word[j] + 0.5) / 4294967296.0);
    ++rows;
  }
  BOOST_TEST(rows == 3);
}

}  // namespace
}  // namespace nf
