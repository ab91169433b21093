#include "training_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "defaults.h"
#include "nf/model/model_file.h"
#include "nf/train/checkpoint.h"
#include "nf/train/fit.h"
#include "nf/train/matching.h"
#include "nf/train/race.h"
#include "nf/train/settle_steps.h"
#include "progress.h"
#include "same_file.h"
#include "tables.h"

namespace nf::cli {
namespace {

TrainOptions read_train_options(const Cli& cli) {
  const bool budget = cli.given("epochs") || cli.given("steps") || cli.given("max-seconds");
  const auto given_count = [&](const char* name, std::int64_t least, std::int64_t otherwise) {
    return cli.given(name) ? cli.count(name, least) : budget ? 0 : otherwise;
  };
  TrainOptions options;
  options.epochs = given_count("epochs", 1, defaults::kEpochs);
  options.steps = given_count("steps", 1, 0);
  options.max_seconds = cli.given("max-seconds") ? cli.number("max-seconds", 1e-3, 1e9) : 0;
  options.patience = static_cast<int>(given_count("patience", 0, defaults::kPatience));
  options.batch = static_cast<int>(cli.count("batch", 1, 1 << 24));
  options.rate = cli.number("lr", 0, 1e3);
  options.schedule = parse_schedule(cli.text("schedule"));
  options.warmup = cli.count("warmup", 0);
  if (!cli.text("weight-decay").empty()) options.optimizer.weight_decay = cli.number("weight-decay", 0, 1e3);
  options.optimizer.clip = cli.number("clip", 0, 1e12);
  options.optimizer.average = cli.number("ema", 0, 0.999999999);
  options.seed = cli.seed();
  options.threads = cli.threads();
  return options;
}

// A date only where builds ask for a reproducible one.
std::string date() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t time = epoch ? std::atoll(epoch) : 0;
  char text[16] = "";
  if (const std::tm* utc = epoch ? std::gmtime(&time) : nullptr) std::strftime(text, sizeof text, "%Y-%m-%d", utc);
  return text;
}

// What a run must share with the one it goes on from. Doors stand for the data's contents.
Json identity(const Model& model, const TrainingData& data, const std::string& objective, const TrainOptions& options) {
  return {{"objective", objective},
          {"spec", model.flow.spec()},
          {"columns", to_json(model.columns)},
          {"context", to_json(model.context)},
          {"rows", data.train.rows()},
          {"validation rows", data.valid.rows()},
          {"seed", options.seed},
          {"batch", options.batch}};
}

}  // namespace

Group budget_options() {
  return {"How long (without any: " + fmt::format("--epochs {} --patience {})", defaults::kEpochs, defaults::kPatience),
          {{"epochs", 0, "N", "", "passes over the training rows"},
           {"steps", 0, "N", "", "batches; repeats a run that a time limit ended, bit for bit"},
           {"max-seconds", 0, "S", "", "the schedule is fitted to what can be done in this time"},
           {"patience", 0, "N", "", "stop after N epochs without a better validation; 0: do not"}}};
}

Group optimizer_options(const OptimizerDefaults& otherwise) {
  const std::string decay =
      otherwise.decay.empty() ? fmt::format(" [{}/rows, at most {}]", defaults::kDecayRows, defaults::kMostDecay) : "";
  return {"How",
          {{"batch", 0, "N", fmt::format("{}", defaults::kBatch), "rows a step"},
           {"lr", 0, "X", fmt::format("{}", otherwise.rate), "learning rate"},
           {"schedule", 0, "constant|cosine|one-cycle|plateau", defaults::kSchedule, "how the rate goes down"},
           {"warmup", 0, "N", fmt::format("{}", defaults::kWarmup), "steps in which the rate rises"},
           {"weight-decay", 0, "X", otherwise.decay, "of weights, decoupled (AdamW)" + decay},
           {"clip", 0, "X", fmt::format("{}", defaults::kClip), "largest norm of a gradient; 0: any"},
           {"ema", 0, "X", fmt::format("{}", defaults::kAverage),
            "average the weights, keeping this share a step, 0.999 for example; 0: do not"},
           {"seed", 0, "N", "0", "of weights, split and order", "NF_SEED"}}};
}

std::string log_path(const Cli& cli) {
  const std::string former = cli.text("log");
  return former.empty() ? cli.text("log-file") : former;
}

Group file_options() {
  return {
      "Files",
      {{"output", 'o', "FILE", "-", "the model; appears when it is complete"},
       {"checkpoint", 0, "FILE", "", "where the run stands, written after every epoch"},
       {"resume", 0, "FILE", "",
        "go on from a checkpoint of the same command: the same bits as without a stop; or of one with fewer epochs"},
       {"log-file", 0, "FILE", "", "one JSON object an epoch"},
       {.name = "log", .argument = "FILE", .excludes = {"log-file"}, .hidden = true},
       {"progress", 0, "", "", "show progress also where stderr is no terminal"}}};
}

TrainingRun::TrainingRun(const Cli& cli, std::string objective, std::vector<std::string> inputs)
    : cli_(cli), objective_(std::move(objective)), options_(read_train_options(cli)), out_(cli.text("output")) {
  for (const char* option : {"spec", "init", "valid", "resume"})
    if (cli.given(option)) inputs.push_back(cli.text(option));
  cli.claim_stdin(inputs);
  if (log_path(cli) == "-" && out_.path() == "stdout")
    throw UsageError("--log-file -: standard output is the model's; use -o FILE");
  const NamedPath output{"-o", cli.text("output")}, log{"--log-file", log_path(cli)};
  refuse_same_files({output, log}, inputs);
  std::erase(inputs, cli.text("resume"));  // which a checkpoint may replace
  refuse_same_files({output, log, {"--checkpoint", cli.text("checkpoint")}}, inputs);
  refuse_terminal(out_, "a model");
  if (cli.given("checkpoint")) Output{cli.text("checkpoint")};  // throws if it cannot be written
}

void TrainingRun::write_checkpoint(const Json& identity, const TrainState& state) const {
  Output out(cli_.text("checkpoint"));
  out.write(serialise(Checkpoint{identity, state}));
  out.commit_durably();
}

TrainState TrainingRun::read_checkpoint(const Json& identity, std::size_t size) const {
  const std::string path = cli_.text("resume"), text = read_file(path);
  const auto fail = [&](const std::string& what) { throw Error(fmt::format("'{}': {}", path, what)); };
  Checkpoint checkpoint;
  try {
    checkpoint = parse_checkpoint(bytes(text));
  } catch (const Error& error) {
    fail(error.what());
  }
  for (const auto& [key, value] : identity.items()) {
    const Json found = checkpoint.run.contains(key) ? checkpoint.run[key] : Json();
    if (found == value) continue;
    if (value.is_structured()) fail(fmt::format("its {} differs from this run's", key));
    fail(fmt::format("its {} is {}, this run's {}", key, found.dump(), value.dump()));
  }
  const TrainState& state = checkpoint.state;
  for (const Vector* vector : {&state.theta, &state.m, &state.v, &state.best})
    if (static_cast<std::size_t>(vector->size()) != size) fail("its weights do not fit the spec");
  const bool averaged = options_.optimizer.average > 0;
  if (static_cast<std::size_t>(state.averaged.size()) != (averaged ? size : 0)) fail("--ema differs from this run's");
  return checkpoint.state;
}

// For Ctrl-C, the progress line and the log: what cannot be written there does not cost the model.
TrainHooks TrainingRun::hooks(ProgressLine& line, EpochLog& log) {
  handle_interrupts();
  TrainHooks hooks;
  hooks.stop = interrupted;
  hooks.clock = [this] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count(); };
  hooks.progress = [&, told = false](const Progress& progress) mutable {
    line.show(progress);
    if (!progress.epoch_done) return;
    try {
      log.write(progress);
    } catch (const Error& error) {
      if (std::exchange(told, true)) return;
      line.clear();
      cli_.warn(fmt::format("--log-file: {}; training goes on", error.what()));
    }
  };
  return hooks;
}

void TrainingRun::save(Model& model, const std::string& summary) {
  if (const std::string today = date(); !today.empty()) model.training["date"] = today;
  model.training.update(recorded_);
  if (!matched_.is_null()) model.training["matched"] = matched_;
  out_.write(serialise(model));
  out_.commit_durably();
  cli_.note(summary);
}

int TrainingRun::race(const TrainingData& data) {
  for (const char* option : {"checkpoint", "resume"})
    if (cli_.given(option)) throw UsageError(fmt::format("--{}: not with --flow auto, which is many runs", option));
  if (cli_.text("weight-decay").empty()) options_.optimizer.weight_decay = usual_weight_decay(data.train.rows());
  const std::vector<Contender> contenders = usual_contenders(data);
  EpochLog log(log_path(cli_), false);
  ProgressLine line(cli_);
  cli_.warn_unused();
  cli_.detail(fmt::format("{} training rows, {} validation rows, {} flows, {} threads", data.train.rows(),
                          data.valid.rows(), contenders.size(), options_.threads));
  RaceHooks race_hooks{hooks(line, log), [&](const std::string& told) {
                         line.clear();
                         cli_.detail(told);
                       }};
  Model model(contenders[0].spec);
  model.columns = data.columns;
  model.context = data.context;
  const RaceResult result = [&] {
    try {
      return nf::race(model, data, contenders, options_, race_hooks);
    } catch (...) {
      line.clear();
      throw;
    }
  }();
  line.clear();
  const auto objective = make_forward_kl(model.flow);
  model.training = run_record(data, objective_, *objective, options_, result.train);
  model.training["tried"] = result.tried;
  std::string made_of;
  for (const Json& one : result.tried)
    if (one["weight"].get<double>() > 0)
      made_of += fmt::format("{}{} ({:.2f})", made_of.empty() ? "" : "; ", one["flow"].get<std::string>(),
                             one["weight"].get<double>());
  save(model, fmt::format("{}: validation log-likelihood {:.4f} ± {:.4f} nats; {:.1f} s", made_of,
                          objective->shown(result.train.loss, data.valid), result.train.error, result.train.seconds));
  if (result.train.interrupted) cli_.note("interrupted: the best model so far was saved");
  return result.train.interrupted ? kInterrupted : kDone;
}

void TrainingRun::match(Model& model, const TrainingData& data, double amount) {
  record("match", amount);
  const double rate = options_.rate;
  options_.rate *= kRateAfterMatching;
  if (cli_.given("resume")) return;
  EpochLog log("", false);
  ProgressLine line(cli_);
  TrainOptions options = options_;
  options.rate = rate;
  options.optimizer.weight_decay = 0;
  const TrainResult result = [&] {
    try {
      return nf::match(model, data, options, amount, hooks(line, log));
    } catch (...) {
      line.clear();
      throw;
    }
  }();
  line.clear();
  matched_ = {{"epochs", result.epochs}, {"steps", result.steps}, {"budget", result.budget}, {"loss", result.loss}};
  cli_.detail(fmt::format("flow matching: {} epochs, squared error {:.4f}; {:.3g} rows/s, {:.1f} s", result.epochs,
                          result.loss, result.rows_per_second, result.seconds));
}

int TrainingRun::run(Model& model, const TrainingData& data, const Objective& objective, const std::string& what,
                     const std::function<std::string(Json& record)>& more) {
  if (cli_.text("weight-decay").empty() && data.train.x.cols() > 0)  // rows that are drawn are no table to fit to
    options_.optimizer.weight_decay = usual_weight_decay(data.train.rows());
  Json same = identity(model, data, objective_, options_);
  same.update(recorded_);
  TrainState resumed;
  const bool resume = cli_.given("resume");
  if (resume) resumed = read_checkpoint(same, model.flow.params().size());
  EpochLog log(log_path(cli_), resume);
  ProgressLine line(cli_);
  cli_.warn_unused();
  cli_.detail(fmt::format("{} training rows, {} validation rows, {} parameters, {} threads", data.train.rows(),
                          data.valid.rows(), model.flow.params().count(), options_.threads));
  TrainHooks hooks = this->hooks(line, log);
  bool told = false;
  if (cli_.given("checkpoint"))
    hooks.checkpoint = [&](const TrainState& state) {
      try {
        write_checkpoint(same, state);
      } catch (const Error& error) {
        if (std::exchange(told, true)) return;
        line.clear();
        cli_.warn(fmt::format("--checkpoint: {}; training goes on", error.what()));
      }
    };
  const TrainResult result = [&] {
    try {
      return train(objective, model.theta, data.train, data.valid, options_, hooks, resume ? &resumed : nullptr);
    } catch (...) {
      line.clear();
      throw;
    }
  }();
  line.clear();
  if (result.parted)
    cli_.warn(
        fmt::format("training ended in epoch {}: more steps of the solver give another density than it learned "
                    "by; more train_steps (--set) help",
                    result.epochs));
  model.theta = result.theta;
  model.training = run_record(data, objective_, objective, options_, result);
  const std::string held_out =
      std::isnan(result.loss) && result.best_epoch == 0 ? "no " + what + ": the time limit came first"
      : std::isinf(result.loss)                         ? fmt::format("{} {}{}, of rows where the density is 0", what,
                                                                      objective.shown(result.loss, data.valid), objective.unit())
                                : fmt::format("{} {:.4f} ± {:.4f}{}", what, objective.shown(result.loss, data.valid),
                                              result.error, objective.unit());
  const int solver_steps =
      data.valid.rows() > 0 && !result.interrupted ? settle_steps(model, data.valid, options_.threads) : 0;
  if (solver_steps > 0) cli_.detail(fmt::format("the solver needs {} steps, which the model has now", solver_steps));
  std::string summary = fmt::format("best epoch {} of {}: {}; {:.3g} rows/s, {:.1f} s", result.best_epoch,
                                    result.epochs, held_out, result.rows_per_second, result.seconds);
  if (result.skipped > 0) summary += fmt::format(", {} of {} batches skipped", result.skipped, result.steps);
  std::exception_ptr wrong;  // does not cost the model
  if (more && objective.failure().empty() && !result.interrupted) {
    try {
      const std::string lines = more(model.training);
      if (!lines.empty()) summary += "\n" + lines;
    } catch (...) {
      wrong = std::current_exception();
    }
  }
  save(model, summary);
  if (wrong) std::rethrow_exception(wrong);
  const std::string failure = objective.failure();
  if (!failure.empty()) throw Error(failure + "; the best model so far was saved");
  if (result.interrupted) cli_.note("interrupted: the best model so far was saved");
  return result.interrupted ? kInterrupted : kDone;
}

}  // namespace nf::cli
