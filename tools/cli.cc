#define CXXOPTS_VECTOR_DELIMITER '\0'  // no value is ever split by the library
#include "cli.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <cxxopts.hpp>
#include <new>
#include <thread>

#include "nf/core/version.h"
#include "nf/core/error.h"
#include "nf/core/spec.h"
#include "nf/core/types.h"
#include "nf/io/number.h"
#include "nf/io/output.h"
#include "nf/kernels/kernels.h"

namespace nf::cli {
namespace {

constexpr double kLargestCount = 9007199254740992.0;  // 2^53: beyond it a double skips integers

Group common_options() {
  return {
      "Common",
      {{"threads", 'j', "N", "0", "threads; 0: as many as there are cores. Results do not depend on it", "NF_THREADS"},
       {.name = "quiet", .letter = 'q', .help = "print errors only", .excludes = {"verbose"}},
       {"verbose", 'v', "", "", "print more about what is done"},
       {"help", 'h', "", "", "print this help"},
       {"version", 'V', "", "", "print the version"}}};
}

std::string shown(const Option& option) { return "--" + option.name; }

std::vector<std::string> option_names(const ToolSpec& spec) {
  std::vector<std::string> names;
  for (const Group& group : spec.groups)
    for (const Option& option : group.options) names.push_back(shown(option));
  return names;
}

[[noreturn]] void unknown_option(const ToolSpec& spec, const std::string& argument) {
  const std::string word = argument.substr(0, argument.find('='));
  const std::string near = nearest(word, option_names(spec));
  throw UsageError(near.empty() ? fmt::format("unknown option '{}'", word)
                                : fmt::format("unknown option '{}'; did you mean '{}'?", word, near));
}

cxxopts::ParseResult split(const ToolSpec& spec, int argc, const char* const* argv) {
  cxxopts::Options options(spec.name);
  options.allow_unrecognised_options();
  for (const Group& group : spec.groups)
    for (const Option& option : group.options) {
      auto value = cxxopts::value<std::string>();
      if (option.argument.empty()) value->implicit_value("");
      options.add_options()((option.letter ? std::string{option.letter, ','} : "") + option.name, "", value);
    }
  try {
    return options.parse(argc, argv);
  } catch (const std::exception&) {  // the last argument is an option without its value
    throw UsageError(fmt::format("option '{}' needs a value", argv[argc - 1]));
  }
}

void check_value(const Option& option, const std::string& value) {
  if (option.argument.empty() && !value.empty())
    throw UsageError(fmt::format("option '{}' takes no value", shown(option)));
  const std::vector<std::string> words = choices(option);
  if (words.empty() || std::find(words.begin(), words.end(), value) != words.end()) return;
  throw UsageError(unknown("value of " + shown(option), value, words));
}

bool asks(int argc, const char* const* argv, std::string_view name, std::string_view letter) {
  for (int i = 1; i < argc && std::strcmp(argv[i], "--") != 0; ++i)
    if (argv[i] == name || argv[i] == letter) return true;
  return false;
}

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

std::string version_text(const ToolSpec& spec) {
  return fmt::format("{} (nf-tools) {}\ncompiler: {}\nSIMD target: {}\nscalar type: {}\n", spec.name, version(),
                     compiler(), kernels::target(), sizeof(Real) == 4 ? "float" : "double");
}

// Of those this machine has, the best, or the one that the environment asks for.
void choose_instruction_set() {
  const char* wanted = std::getenv("NF_DISPATCH");
  if (!wanted) return;
  try {
    kernels::choose_target(wanted);
  } catch (const Error& error) {
    throw Error(fmt::format("NF_DISPATCH: {}", error.what()));
  }
}

int print(const std::string& text) {
  Output out("-");
  out.write(text);
  out.commit();
  return kDone;
}

int guarded(const ToolSpec& spec, const std::function<int()>& body) {
  try {
    return body();
  } catch (const UsageError& error) {
    say(fmt::format("{0}: {1}\nTry '{0} --help'.\n", spec.name, printable(error.what())));
    return kUsage;
  } catch (const BrokenPipe&) {  // the reader has what it wanted
    return kDone;
  } catch (const std::bad_alloc&) {
    say(spec.name + ": out of memory\n");
  } catch (const std::exception& error) {
    say(fmt::format("{}: {}\n", spec.name, printable(error.what())));
  }
  return kFailed;
}

}  // namespace

std::vector<std::string> choices(const Option& option) {
  std::vector<std::string> words;
  if (option.argument.find('|') == std::string::npos) return words;
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::size_t bar = option.argument.find('|', at);
    words.push_back(option.argument.substr(at, bar - at));
    at = bar == std::string::npos ? bar : bar + 1;
  }
  return words;
}

Cli::Cli(const ToolSpec& spec, int argc, const char* const* argv) : spec_(spec) {
  const cxxopts::ParseResult result = split(spec, argc, argv);
  for (const auto& argument : result.arguments()) {
    const Option& found = option(argument.key());
    check_value(found, argument.value());
    given_[found.name].push_back(argument.value());
  }
  const char* const* dashes =
      std::find_if(argv + 1, argv + argc, [](const char* a) { return std::strcmp(a, "--") == 0; });
  const auto after = static_cast<std::size_t>(std::max<std::ptrdiff_t>(argv + argc - dashes - 1, 0));
  const std::vector<std::string>& unmatched = result.unmatched();
  for (std::size_t i = 0; i < unmatched.size(); ++i) {
    const bool literal = i + after >= unmatched.size();
    if (!literal && unmatched[i].size() > 1 && unmatched[i][0] == '-') unknown_option(spec, unmatched[i]);
    operands_.push_back(unmatched[i]);
  }
  if (operands_.size() > spec.most_operands)
    throw UsageError(fmt::format("unexpected operand '{}'", operands_[spec.most_operands]));
  for (const Group& group : spec.groups)
    for (const Option& one : group.options)
      for (const std::string& other : one.excludes) exclude(one.name, other);
  quiet_ = flag("quiet");
  verbose_ = flag("verbose");
}

const Option* Cli::find(const std::string& name) const {
  for (const Group& group : spec_.groups)
    for (const Option& candidate : group.options)
      if (candidate.name == name) return &candidate;
  return nullptr;
}

const Option& Cli::option(const std::string& name) const {
  if (const Option* found = find(name)) return *found;
  throw Error(fmt::format("the table of options has no '{}'", name));
}

bool Cli::given(const std::string& name) const {
  used_.insert(option(name).name);
  return given_.count(name) > 0;
}

std::string Cli::text(const std::string& name) const {
  if (given(name)) return given_.at(name).back();
  const Option& found = option(name);
  if (const char* value = found.environment.empty() ? nullptr : std::getenv(found.environment.c_str())) return value;
  return found.fallback;
}

std::vector<std::string> Cli::all(const std::string& name) const {
  return given(name) ? given_.at(name) : std::vector<std::string>{};
}

std::vector<std::string> Cli::list(const std::string& name) const {
  std::vector<std::string> items;
  const std::string whole = text(name);
  if (whole.empty() && !given(name)) return items;
  items.emplace_back();
  bool quoted = false;
  for (const char c : whole) {
    if (c == '"') quoted = !quoted;
    else if (c == ',' && !quoted) items.emplace_back();
    else items.back() += c;
  }
  for (const std::string& item : items)
    if (item.empty()) throw UsageError(fmt::format("--{}: an empty name in '{}'", name, whole));
  return items;
}

double Cli::number(const std::string& name, double least, double most) const {
  const std::string value = text(name);
  double parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(parsed))
    throw UsageError(fmt::format("--{}: {} is not a number", name, in_quotes(value)));
  if (parsed < least || parsed > most) {
    const std::string range =
        std::isinf(most) ? fmt::format("at least {}", least) : fmt::format("from {} to {}", least, most);
    throw UsageError(fmt::format("--{}: {} is out of range: {} was expected", name, in_quotes(value), range));
  }
  return parsed;
}

std::int64_t Cli::count(const std::string& name, std::int64_t least, std::int64_t most) const {
  const std::string value = text(name);
  const char* const last = value.data() + value.size();
  std::int64_t parsed = 0;
  if (const auto [end, error] = std::from_chars(value.data(), last, parsed); error != std::errc() || end != last) {
    double number = 0;
    const auto [stop, failure] = std::from_chars(value.data(), last, number);
    if (failure != std::errc() || stop != last || number != std::floor(number) || std::abs(number) > kLargestCount)
      throw UsageError(fmt::format("--{}: {} is not a count", name, in_quotes(value)));
    parsed = static_cast<std::int64_t>(number);
  }
  if (parsed < least || parsed > most) {
    const bool open = most == std::numeric_limits<std::int64_t>::max();
    const std::string range = open ? fmt::format("at least {}", least) : fmt::format("from {} to {}", least, most);
    throw UsageError(fmt::format("--{}: {} is out of range: {} was expected", name, in_quotes(value), range));
  }
  return parsed;
}

int Cli::threads() const {
  const int wanted = static_cast<int>(count("threads", 0, 1024));
  return wanted > 0 ? wanted : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

void Cli::exclude(const std::string& a, const std::string& b) const {
  if (given_.count(a) > 0 && given_.count(b) > 0)
    throw UsageError(fmt::format("--{} and --{} exclude each other", a, b));
}

void Cli::supply(const std::string& name, const std::string& value) {
  const Option* const found = find(name);
  if (!found) unknown_option(spec_, "--" + name);
  check_value(*found, value);
  std::vector<std::string>& values = given_[name];
  values.insert(values.begin(), value);
}

void Cli::claim_stdin(const std::vector<std::string>& paths) const {
  if (std::count(paths.begin(), paths.end(), "-") > 1)
    throw UsageError("standard input can be read only once, but is asked for twice");
}

void Cli::note(const std::string& line) const {
  if (!quiet_) say(printable(line) + "\n");
}

void Cli::detail(const std::string& line) const {
  if (verbose_) say(fmt::format("{}: {}\n", spec_.name, printable(line)));
}

void Cli::warn(const std::string& line) const {
  if (!quiet_) say(fmt::format("{}: warning: {}\n", spec_.name, printable(line)));
}

void Cli::warn_unused() const {
  for (const auto& [name, values] : given_)
    if (used_.count(name) == 0) warn(fmt::format("--{} has no effect here", name));
}

std::string as_word(std::string_view name) {
  std::string word(name);
  std::replace(word.begin(), word.end(), '_', '-');
  return word;
}

int run_tool(int argc, const char* const* argv, ToolSpec spec, const std::function<int(Cli&)>& body) {
  spec.groups.push_back(common_options());
  open_standard_streams();
  install_handlers();
  return guarded(spec, [&] {
    choose_instruction_set();
    if (asks(argc, argv, "--help", "-h")) return print(help_text(spec));
    if (asks(argc, argv, "--version", "-V")) return print(version_text(spec));
    // Hidden: for those who make the man pages and the shells' completion files.
    if (argc == 2 && std::string_view(argv[1]) == "--man") return print(man_text(spec));
    if (argc == 3 && std::string_view(argv[1]) == "--completion") return print(completion_text(spec, argv[2]));
    if (argc == 1 && isatty(STDIN_FILENO)) {
      say(fmt::format("{}Try '{} --help'.\n", usage_text(spec), spec.name));
      return static_cast<int>(kUsage);
    }
    Cli cli(spec, argc, argv);
    return body(cli);
  });
}

}  // namespace nf::cli
