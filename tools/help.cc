// --help: examples before options, 80 columns, all from the table.
#include <fmt/format.h>

#include "cli.h"

namespace nf::cli {
namespace {

constexpr std::size_t kWidth = 79, kColumn = 26;

// Appends words of `text`, the first line at the current place `at`, the others indented.
void wrap(std::string& to, std::size_t at, std::size_t indent, const std::string& text) {
  bool first = true;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find(' ', i), text.size());
    const std::size_t length = end - i;
    if (!first && at + 1 + length > kWidth) {
      to += '\n' + std::string(indent, ' ');
      at = indent;
    } else if (!first) {
      to += ' ';
      ++at;
    }
    to.append(text, i, length);
    at += length;
    first = false;
    i = end + 1;
  }
  to += '\n';
}

void add_option(std::string& to, const Option& option) {
  std::string left = option.letter ? fmt::format("  -{}, --{}", option.letter, option.name) : "      --" + option.name;
  if (!option.argument.empty()) left += has_many_words(option) ? " NAME" : " " + option.argument;
  to += left;
  if (left.size() + 2 > kColumn) to += '\n' + std::string(kColumn, ' ');
  else to.append(kColumn - left.size(), ' ');
  wrap(to, kColumn, kColumn, option_help(option));
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& exit_statuses() {
  static const std::vector<std::pair<std::string, std::string>> all = {{"0", "done"},
                                                                       {"1", "data or a file was no good"},
                                                                       {"2", "wrong use of the command line"},
                                                                       {"130", "interrupted"}};
  return all;
}

bool has_many_words(const Option& option) { return 9 + option.name.size() + option.argument.size() > kWidth; }

std::string option_help(const Option& option) {
  std::string help = option.help, others, note = option.fallback;
  if (has_many_words(option)) {
    std::string words;
    for (const std::string& word : choices(option)) words += (words.empty() ? "" : ", ") + word;
    help += ": " + words;
  }
  for (const std::string& other : option.excludes) others += (others.empty() ? "; not with --" : ", --") + other;
  if (!option.environment.empty()) note += (note.empty() ? "$" : ", or $") + option.environment;
  return help + others + (note.empty() ? "" : " [" + note + "]");
}

std::string usage_text(const ToolSpec& spec) {
  std::string text;
  for (const std::string& form : spec.usage) {
    const std::string start = (text.empty() ? "Usage: " : "       ") + spec.name + " ";
    text += start;
    wrap(text, start.size(), start.size(), form);
  }
  return text;
}

std::string help_text(const ToolSpec& spec) {
  std::string text;
  const std::string start = spec.name + ": ";
  text += start;
  wrap(text, start.size(), 0, spec.summary);
  text += '\n' + usage_text(spec) + "\nExamples:\n";
  for (const Example& example : spec.examples) {
    text += "  " + example.command + "\n      ";
    wrap(text, 6, 6, example.meaning);
  }
  for (const Group& group : spec.groups) {
    text += '\n' + group.title + ":\n";
    for (const Option& option : group.options)
      if (!option.hidden) add_option(text, option);
  }
  for (const std::string& note : spec.notes) {
    text += '\n';
    wrap(text, 0, 0, note);
  }
  text += "\nExit status:\n";
  for (const auto& [status, meaning] : exit_statuses()) text += fmt::format("  {:<3}  {}\n", status, meaning);
  text += "\nSee also:\n  ";
  std::string others;
  for (const std::string& other : spec.see_also) others += (others.empty() ? "" : ", ") + other;
  return text + others + '\n';
}

}  // namespace nf::cli
