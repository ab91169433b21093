// --man: the manual page, in roff, from the table of options.
#include <fmt/format.h>

#include <cctype>

#include "cli.h"
#include "nf/core/version.h"

namespace nf::cli {
namespace {

// Text for roff: its own characters escaped.
std::string roff(const std::string& text) {
  std::string out = text.starts_with('.') ? "\\&" : "";
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if (c == '\'') out += "\\(aq";
    else out += c;
  }
  return out;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string heading(const std::string& title) {
  const bool quoted = title.find_first_of(" ,") != std::string::npos;
  return ".SH " + (quoted ? '"' + upper(roff(title)) + '"' : upper(roff(title))) + "\n";
}

std::string item(const std::string& term, const std::string& meaning) {
  return ".TP\n.B " + roff(term) + "\n" + roff(meaning) + "\n";
}

std::string label(const Option& option) {
  std::string text = (option.letter ? fmt::format("-{}, ", option.letter) : "") + "--" + option.name;
  if (!option.argument.empty()) text += has_many_words(option) ? " NAME" : " " + option.argument;
  return text;
}

}  // namespace

std::string man_text(const ToolSpec& spec) {
  std::string text = fmt::format(".TH {} 1 \"\" \"nf\\-tools {}\" \"User commands\"\n.SH NAME\n{} \\- {}\n",
                                 upper(roff(spec.name)), version(), roff(spec.name), roff(spec.summary));
  text += heading("Synopsis");
  for (std::size_t i = 0; i < spec.usage.size(); ++i)
    text += (i > 0 ? ".br\n.B " : ".B ") + roff(spec.name) + "\n" + roff(spec.usage[i]) + "\n";
  text += heading("Examples");
  for (const Example& example : spec.examples) text += item(example.command, example.meaning);
  for (const Group& group : spec.groups) {
    text += heading(group.title);
    for (const Option& option : group.options)
      if (!option.hidden) text += item(label(option), option_help(option));
  }
  if (!spec.notes.empty()) text += heading("Notes");
  for (std::size_t i = 0; i < spec.notes.size(); ++i) text += (i > 0 ? ".PP\n" : "") + roff(spec.notes[i]) + "\n";
  text += heading("Exit status");
  for (const auto& [status, meaning] : exit_statuses()) text += item(status, meaning);
  text += heading("See also");
  std::string others;
  for (const std::string& other : spec.see_also) others += (others.empty() ? "" : ", ") + other;
  return text + roff(others) + "\n";
}

}  // namespace nf::cli
