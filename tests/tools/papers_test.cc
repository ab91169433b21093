// Published settings: each of them is a flow for its table and options that nf-train takes.
#include "papers.h"

#include <boost/test/unit_test.hpp>
#include <map>

#include "nf/flow/flow.h"
#include "training_data.h"
#include "training_run.h"
#include "training_spec.h"

namespace nf::cli {
namespace {

const std::map<std::string, int> kDimensions = {
    {"power", 6}, {"gas", 8}, {"hepmass", 21}, {"miniboone", 43}, {"bsds300", 63}};

ToolSpec tool() {
  ToolSpec spec;
  spec.name = "test";
  spec.groups = {spec_options("flow", "maf", ""),
                 column_options(),
                 budget_options(),
                 optimizer_options(),
                 file_options(),
                 {"Common", {{"threads", 0, "N", "1"}, {"quiet"}, {"verbose"}, {"valid", 0, "FILE"}, {"init"}}}};
  return spec;
}
const ToolSpec kTool = tool();

Cli given(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), {"test", "--output", NF_BINARY_DIR "/papers_test.nf"});
  return Cli(kTool, static_cast<int>(arguments.size()), arguments.data());
}

Json spec_of(const Cli& cli, const std::string& name) {
  const int dim = kDimensions.at(name.substr(name.rfind('-') + 1));
  return Flow(chosen_spec(cli, "flow", std::vector<Column>(dim), {})).spec();
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_setting_is_a_flow_for_its_table_and_options_of_nf_train) {
  BOOST_TEST(paper_names().size() >= 55u);
  for (const std::string& name : paper_names()) {
    BOOST_TEST_CONTEXT(name) {
      const Paper paper = find_paper(name);
      BOOST_TEST(paper.paper.find("arXiv:") != std::string::npos);
      Cli cli = given({});
      supply(cli, paper);
      BOOST_TEST(spec_of(cli, name)["layers"].size() >= 1u);
      const TrainOptions options = TrainingRun(cli, "forward_kl", {}).options();
      BOOST_TEST(options.batch == paper.options["batch"].get<int>());
      BOOST_TEST(options.rate == paper.options["lr"].get<double>());
      BOOST_TEST((options.epochs > 0) != (options.steps > 0));
      BOOST_TEST(options.optimizer.average == 0);  // no paper here averages its weights
    }
  }
}

BOOST_AUTO_TEST_CASE(the_command_line_comes_after_the_paper) {
  Cli cli = given({"--lr", "0.5", "--set", "hidden=7,7", "--max-seconds", "9"});
  supply(cli, find_paper("maf2017-bsds300"));
  const TrainOptions options = TrainingRun(cli, "forward_kl", {}).options();
  BOOST_TEST(options.rate == 0.5);
  BOOST_TEST(options.batch == 100);
  BOOST_TEST(options.max_seconds == 9);
  BOOST_TEST(options.epochs == 0);
  const Json layers = spec_of(cli, "maf2017-bsds300")["layers"];
  BOOST_TEST(layers.size() == 9u);  // five, and batch norm between them
  BOOST_TEST(layers[0]["hidden"] == Json({7, 7}));
}

BOOST_AUTO_TEST_CASE(neural_spline_flows_mix_columns_between_their_splines) {
  Cli cli = given({});
  supply(cli, find_paper("nsf2019-power"));
  const Json layers = spec_of(cli, "nsf2019-power")["layers"];
  BOOST_TEST(layers.size() == 19u);
  for (std::size_t i = 0; i < layers.size(); ++i)
    BOOST_TEST(layers[i]["kind"] == (i % 2 == 0 ? "autoregressive" : "linear"));
}

}  // namespace nf::cli
