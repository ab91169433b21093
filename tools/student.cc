#include "student.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "defaults.h"
#include "nf/io/number.h"
#include "nf/model/mixture_model.h"
#include "nf/model/model_file.h"
#include "nf/model/scorer.h"
#include "nf/train/start.h"
#include "tables.h"
#include "training_spec.h"

namespace nf::cli {
namespace {

// The terms of --loss or --finish, which say `words`.
DistillWeights read_loss(const std::string& option, const std::vector<std::string>& words) {
  DistillWeights weights;
  for (const std::string& text : words) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    double weight = 1;
    if (equals != std::string::npos &&
        (!parse_number(std::string_view(text).substr(equals + 1), weight) || !(weight > 0) || !std::isfinite(weight)))
      throw UsageError(fmt::format("--{}: {} is not a weight above 0", option, in_quotes(text.substr(equals + 1))));
    std::vector<std::string> known;
    for (const DistillTerm& term : distill_terms()) {
      known.push_back(as_word(term.unit.name));
      if (name == known.back()) weights.*term.weight = weight;
    }
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UsageError("--" + option + ": " + unknown("loss", name, known));
  }
  return weights;
}

// Rows drawn from the teacher, without those that overflowed.
std::vector<double> draw(const Model& teacher, std::int64_t rows, std::uint64_t seed, int threads) {
  constexpr int kBlock = 1 << 16;
  Scorer scorer(teacher, threads);
  const std::size_t dim = teacher.columns.size();
  std::vector<double> all, block;
  for (std::int64_t first = 0; first < rows; first += kBlock) {
    const int n = static_cast<int>(std::min<std::int64_t>(kBlock, rows - first));
    block.resize(static_cast<std::size_t>(n) * dim);
    scorer.sample(seed, static_cast<std::uint64_t>(first), nullptr, n, 1, block.data(), nullptr);
    const auto is_value = [&](const double* row) {
      for (std::size_t j = 0; j < dim; ++j)
        if (!std::isfinite(row[j]) && !(std::isnan(row[j]) && !teacher.columns[j].door->form().plain())) return false;
      return true;
    };
    for (const double* row = block.data(); row != block.data() + block.size(); row += dim)
      if (is_value(row)) all.insert(all.end(), row, row + dim);
  }
  return all;
}

}  // namespace

Group student_options() {
  Group group = spec_options("student", "", "named flow [the teacher's own layers, the autoregressive ones inverted]");
  group.title = "Student";
  group.options.push_back(
      {.name = "init", .argument = "FILE", .help = "go on from this student", .excludes = {"spec", "student", "set"}});
  group.options.push_back({"solver-steps", 0, "N", fmt::format("{}", defaults::kFewSteps),
                           "of the student of a continuous teacher: a sample asks its field so many times"});
  group.options.push_back(
      {"rows", 0, "N", fmt::format("{}", defaults::kTeacherRows), "without DATA: rows drawn from the teacher"});
  return group;
}

Group loss_options() {
  std::vector<std::string> terms;
  for (const DistillTerm& term : distill_terms())
    terms.push_back(fmt::format("{}: {}", as_word(term.unit.name), term.unit.help));
  return {"Loss",
          {{"loss", 0, "LOSS,...", "",
            fmt::format("weighted sums as xz,kl=0.1 of {} [{}; of few steps: {}]", join(terms, "; "), defaults::kLoss,
                        defaults::kFewStepsLoss)},
           {"finish", 0, "LOSS,...", "",
            fmt::format("another loss for the last part of the run [with --loss: none; else {},{}; of few steps: {}]",
                        defaults::kLoss, defaults::kFinishToo, defaults::kFewStepsFinish)},
           {"finish-share", 0, "X", fmt::format("{}", defaults::kFinishShare),
            fmt::format("how much of the run that is [of few steps: {}]", defaults::kFewStepsFinishShare)},
           {"guide", 0, "ends|states|full", "ends",
            "xz compares also the states between the layers, or these and all conditioners' outputs"},
           {"beta", 0, "B", "0.5", "share of the data's end in xz [of few steps: 1]"}}};
}

DistillOptions read_distill_options(const Cli& cli, const Flow& student, const Flow& teacher) {
  const bool both_ways = student.traits().bijective() && teacher.traits().bijective();
  const bool few_steps = !student.traits().ld_gradient;
  DistillOptions options;
  options.loss = read_loss("loss", cli.given("loss") ? cli.list("loss")
                                   : few_steps       ? std::vector<std::string>{defaults::kFewStepsLoss}
                                                     : std::vector<std::string>{defaults::kLoss});
  if (cli.given("finish")) options.finish = read_loss("finish", cli.list("finish"));
  else if (!cli.given("loss") && few_steps) options.finish = read_loss("finish", {defaults::kFewStepsFinish});
  else if (!cli.given("loss") && !student.learns_base() && both_ways)  // samples do not train a base
    options.finish =
        teacher.traits().ld_gradient ? read_loss("finish", {defaults::kLoss, defaults::kFinishToo}) : DistillWeights{};
  if (options.finish.sum() > 0)
    options.finish_share =
        few_steps && !cli.given("finish-share") ? defaults::kFewStepsFinishShare : cli.number("finish-share", 0, 1);
  if (options.loss.xz + options.finish.xz > 0) {
    options.guide =
        cli.choice<Guide>("guide", {{"ends", Guide::kEnds}, {"states", Guide::kStates}, {"full", Guide::kFull}});
    options.beta = few_steps && !cli.given("beta") ? 1 : cli.number("beta", 0, 1);
  }
  return options;
}

bool is_default_student(const Cli& cli) { return !cli.given("init") && !cli.given("spec") && !cli.given("student"); }

// A mixture's flow with the most weight, by itself.
TrainedFlow heaviest(const Model& teacher) {
  const Json spec = teacher.flow.spec();
  const Json& layers = spec["layers"];
  if (layers.size() != 1 || layers[0]["kind"] != "mixture") return {spec, teacher.theta};
  return part_of_mixture({spec, teacher.theta});
}

Model make_student(const Cli& cli, const Model& teacher, std::uint64_t seed) {
  if (cli.given("init")) {
    Model student = load(cli.text("init"));
    if (all_names(student) != all_names(teacher) || student.columns.size() != teacher.columns.size())
      throw Error(fmt::format("'{}': its columns are not the teacher's", cli.text("init")));
    return student;
  }
  if (is_default_student(cli) && cli.given("set")) throw UsageError("--set needs --student or --spec");
  if (!is_default_student(cli)) return Model(chosen_spec(cli, "student", teacher.columns, teacher.context), seed);
  // The same slots, and the same numbers: a far better start than the identity (measured).
  TrainedFlow flow = heaviest(teacher);
  const Json& last = flow.spec["layers"].empty() ? Json() : flow.spec["layers"].back();
  if (!teacher.flow.traits().bijective() || last.value("kind", "") != "continuous")
    return {Flow(student_of(flow.spec)), std::move(flow.theta)};
  const int steps = static_cast<int>(cli.count("solver-steps", 1, 256));
  return {Flow(student_of_few_steps(flow.spec, steps)), std::move(flow.theta)};
}

TrainingData teaching_rows(const Cli& cli, const Model& teacher, const TrainOptions& options) {
  const std::vector<std::string> files(cli.operands().begin() + 1, cli.operands().end());
  if (!files.empty()) return read_training_data(cli, files, teacher);
  if (teacher.flow.context() > 0)
    throw UsageError("the teacher is conditional: DATA with its columns and context columns is needed");
  return training_data_from(cli, teacher, draw(teacher, cli.count("rows", 2), options.seed, options.threads));
}

}  // namespace nf::cli
