// nf-distill: a flow that samples in one pass, taught by one that scores in one pass.
#include <fmt/format.h>

#include <optional>

#include "cli.h"
#include "defaults.h"
#include "nf/compare/distill_report.h"
#include "nf/model/model_file.h"
#include "nf/train/start.h"
#include "report_text.h"
#include "same_file.h"
#include "student.h"
#include "tables.h"
#include "training_run.h"

namespace nf::cli {
namespace {

Group validation_group() {
  Group group = validation_options();
  group.title = "Rows of DATA";
  return group;
}

Group student_files() {
  Group group = file_options();
  group.options.push_back({"report", 0, "FILE", "",
                           "judge the student: divergence, likelihoods, a classifier that tells its samples from the "
                           "teacher's, sampling speeds, also that of a density pass a column; JSON there, a table on "
                           "stderr"});
  group.options.push_back({"report-rows", 0, "N", "20000", "fresh rows of each for that"});
  return group;
}

ToolSpec spec() {
  return {
      .name = "nf-distill",
      .summary = "trains a student flow whose sampling is one parallel pass on a teacher whose density is.",
      .usage = {"[OPTION]... TEACHER [DATA]... -o STUDENT"},
      .examples = {{"nf-distill maf.nf -o iaf.nf", "without data: from samples of the teacher"},
                   {"nf-distill maf.nf data.csv --max-seconds 60 -o iaf.nf", "on the rows the teacher was trained on"}},
      .groups = {student_options(), loss_options(), validation_group(), budget_options(),
                 optimizer_options({.rate = defaults::kStudentRate, .decay = "0"}), student_files(), input_options()},
      .notes =
          {"By default the student learns by the likelihood of fresh samples of the teacher, and for the last half of "
           "the run also by KL(student||teacher) at its own samples; it starts from the teacher's own weights. The "
           "loss "
           "xz compares the maps: x to the teacher's z and back through the student, fresh z through the student and "
           "back through the teacher, as squared errors in standardised units that grow linearly beyond 3. The "
           "student keeps the teacher's columns. A conditional teacher needs DATA, with its context columns.",
           "A continuous teacher's student takes a few long steps, from noise to data, and learns by reflow: straight "
           "ways from the teacher's noise of a row to the row; then by xz at the data's end. Such steps may lead "
           "from several places to one, so that its log-density is a bound, and the held-out value is the squared "
           "error of its rows.",
           "Printed at the end, on stderr, and decisive for which epoch is kept: KL(student||teacher), with "
           "its standard error, on fresh z, but for students of few steps."},
      .see_also = {"nf-train", "nf-sample", "nf-inspect"},
      .most_operands = 100000};
}

int run(const Cli& cli) {
  if (cli.operands().empty()) throw UsageError("no TEACHER was given");
  TrainingRun run(cli, "distill", cli.operands());
  const Model teacher = load(cli.operands()[0]);
  require_parallel(teacher.flow, Direction::kEncode, "the teacher");
  Model student = make_student(cli, teacher, run.options().seed);
  require_parallel(student.flow, Direction::kDecode, "the student");
  const TrainingData data = teaching_rows(cli, teacher, run.options());
  student.columns = teacher.columns;
  student.context = teacher.context;
  if (!is_default_student(cli) && !cli.given("init")) start_from_data(student, data.train);
  const DistillOptions options = read_distill_options(cli, student.flow, teacher.flow);
  const auto objective = make_distill(student.flow, teacher.flow, teacher.theta, run.options().seed, options);
  std::optional<Output> report;
  for (const auto* columns : {&teacher.columns, &teacher.context})
    for (const Column& column : *columns)
      if (cli.given("report") && !column.door->form().plain())
        throw UsageError("--report compares numbers alone; nf-inspect --compare takes words and gaps");
  const std::int64_t report_rows = cli.given("report") ? cli.count("report-rows", 100, 10000000) : 0;
  if (cli.text("report") == "-" && cli.text("output") == "-")
    throw UsageError("--report -: standard output is the model's; use -o FILE");
  refuse_same_files({{"-o", cli.text("output")},
                     {"--checkpoint", cli.text("checkpoint")},
                     {"--log-file", log_path(cli)},
                     {"--report", cli.text("report")}},
                    cli.operands());
  if (cli.given("report")) report.emplace(cli.text("report"));  // throws before the work if it cannot be written
  std::optional<TrainingData> lesson;
  if (options.reflows()) {
    lesson = data;
    for (Data* rows : {&lesson->train, &lesson->valid})
      *rows = paired(*rows, teacher.flow, teacher.theta, run.options().threads);
    cli.detail(fmt::format("found the teacher's noise of {} rows", data.train.rows() + data.valid.rows()));
  }
  const std::string held_out =
      student.flow.traits().ld_gradient ? "KL(student||teacher)" : "squared error of the student's rows";
  return run.run(student, lesson ? *lesson : data, *objective, held_out, [&](Json& record) {
    if (!report) return std::string();
    const Json json = compare::distill_report(
        teacher, student, data,
        {report_rows, run.options().seed, run.options().threads, /*from_data=*/cli.operands().size() > 1});
    report->write(json.dump(1) + "\n");
    report->commit();
    record["report"] = {{"kl", json["kl"]}, {"auc", json["classifier"]["student_teacher"]["auc"]}};
    return report_text(json);
  });
}

}  // namespace
}  // namespace nf::cli

int main(int argc, char** argv) { return nf::cli::run_tool(argc, argv, nf::cli::spec(), nf::cli::run); }
