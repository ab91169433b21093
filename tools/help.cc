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

std::string default_note(const Option& option) {
  std::string note = option.fallback;
  if (!option.environment.empty()) note += (note.empty() ? "$" : ", or $") + option.environment;
  return note.empty() ? "" : " [" + note + "]";
}

void add_option(std::string& to, const Option& option) {
  std::string left = option.letter ? fmt::format("  -{}, --{}", option.letter, option.name) : "      --" + option.name;
  std::string help = option.help;
  if (left.size() + 1 + option.argument.size() > kWidth) {  // many words to choose from
    left += " NAME";
    std::string words;
    for (const std::string& word : choices(option)) words += (words.empty() ? "" : ", ") + word;
    help += ": " + words;
  } else if (!option.argument.empty()) {
    left += " " + option.argument;
  }
  to += left;
  if (left.size() + 2 > kColumn) to += '\n' + std::string(kColumn, ' ');
  else to.append(kColumn - left.size(), ' ');
  wrap(to, kColumn, kColumn, help + default_note(option));
}

}  // namespace

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
  text +=
      "\nExit status:\n  0    done\n  1    data or a file was no good\n  2    wrong use of the command line\n"
      "  130  interrupted\n\nSee also:\n  ";
  std::string others;
  for (const std::string& other : spec.see_also) others += (others.empty() ? "" : ", ") + other;
  return text + others + '\n';
}

}  // namespace nf::cli
