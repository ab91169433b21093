#pragma once
// A command line, the same in all tools: one table of options, from which the parser, --help, --completion and "did you
// mean" come; numbers read whole; messages, exit codes and signals.
//
// A tool is a ToolSpec and a body; run_tool() is the only place where errors are caught and printed.
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nf/core/error.h"
#include "process.h"

namespace nf::io {}

namespace nf::cli {

using namespace io;  // the tools speak of files and tables

enum Exit { kDone = 0, kFailed = 1, kUsage = 2, kInterrupted = 130 };

// Wrong use of the command line: printed with a hint at --help, exit 2. Messages as those of nf::Error.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Option {
  std::string name;  // long, without dashes
  char letter = 0;
  std::string argument = {};  // "N", "FILE"; with '|' between words: only these are allowed; empty: a flag
  std::string fallback = {};  // what holds without the option; shown in brackets
  std::string help = {};
  std::string environment = {};            // variable that comes before the fallback
  std::vector<std::string> words = {};     // that shells complete, besides files; others are allowed
  std::vector<std::string> excludes = {};  // options that may not be given beside it
  bool hidden = false;                     // a former name, still understood
};

struct Group {
  std::string title;
  std::vector<Option> options;
};

struct Example {
  std::string command, meaning;
};

struct ToolSpec {
  std::string name;
  std::string summary;             // "fits a normalizing flow to the rows of a table"
  std::vector<std::string> usage;  // after the name: "[OPTION]... MODEL [DATA]"
  std::vector<Example> examples;
  std::vector<Group> groups;       // run_tool adds the common one
  std::vector<std::string> notes;  // paragraphs after the options
  std::vector<std::string> see_also;
  std::size_t most_operands = 1;
};

// What was given. Every option that is read here counts as used; warn_unused() names the others.
class Cli {
 public:
  Cli(const ToolSpec& spec, int argc, const char* const* argv);  // throws UsageError

  bool given(const std::string& name) const;  // on the command line
  bool flag(const std::string& name) const { return given(name); }
  std::string text(const std::string& name) const;               // given, environment or fallback; may be ""
  std::vector<std::string> all(const std::string& name) const;   // of an option that may be repeated
  std::vector<std::string> list(const std::string& name) const;  // a,b,"c,d"
  std::int64_t count(const std::string& name, std::int64_t least,
                     std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;  // 1e6 is one
  double number(const std::string& name, double least, double most) const;
  std::uint64_t seed() const { return static_cast<std::uint64_t>(count("seed", 0)); }
  int threads() const;  // -j; 0 there: all cores
  const std::vector<std::string>& operands() const { return operands_; }
  // What the chosen word of an argument "a|b|c" means; all are listed.
  template <class T>
  T choice(const std::string& name, std::initializer_list<std::pair<std::string_view, T>> meanings) const {
    const std::string word = text(name);
    for (const auto& [key, meaning] : meanings)
      if (key == word) return meaning;
    throw Error("no meaning of --" + name + " " + word);
  }
  // Throws UsageError if both were given; for what Option::excludes cannot say.
  void exclude(const std::string& a, const std::string& b) const;
  // As if the option stood first on the command line: what was given there comes after it. Throws UsageError.
  void supply(const std::string& name, const std::string& value);
  // Throws UsageError if more than one of these is '-', standard input.
  void claim_stdin(const std::vector<std::string>& paths) const;

  bool quiet() const { return quiet_; }
  bool verbose() const { return verbose_; }
  void note(const std::string& line) const;    // on stderr, unless quiet
  void detail(const std::string& line) const;  // if verbose
  void warn(const std::string& line) const;    // "nf-train: warning: ..."
  void warn_unused() const;                    // call when all options that matter have been read

 private:
  const Option& option(const std::string& name) const;
  const Option* find(const std::string& name) const;  // null: there is no such option

  const ToolSpec& spec_;
  std::map<std::string, std::vector<std::string>> given_;
  std::vector<std::string> operands_;
  mutable std::set<std::string> used_;
  bool quiet_ = false, verbose_ = false;
};

// Exit status and what it means, for help and manual.
const std::vector<std::pair<std::string, std::string>>& exit_statuses();

// Handles --help, --version, --completion, --man and an empty command line on a terminal; runs the body; prints what it
// throws. Returns the exit code.
int run_tool(int argc, const char* const* argv, ToolSpec spec, const std::function<int(Cli&)>& body);

// Texts made from the table (help.cc, man.cc, completion.cc).
std::string help_text(const ToolSpec& spec);
std::string man_text(const ToolSpec& spec);
std::string option_help(const Option& option);  // with its words, if they are many, what it excludes, its default
bool has_many_words(const Option& option);      // more than a line of help has room for
std::string usage_text(const ToolSpec& spec);
std::string completion_text(const ToolSpec& spec, const std::string& shell);
std::vector<std::string> choices(const Option& option);  // of an argument "a|b|c"
std::string as_word(std::string_view name);              // of a unit, as options have it: "reverse-kl"

}  // namespace nf::cli
