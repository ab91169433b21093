// Completion scripts for bash, zsh and fish, from the table of options.
#include <fmt/format.h>

#include "cli.h"

namespace nf::cli {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

template <class Each>
void for_options(const ToolSpec& spec, Each each) {
  for (const Group& group : spec.groups)
    for (const Option& option : group.options)
      if (!option.hidden) each(option);
}

std::string quoted(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
  return "'" + result + "'";
}

std::string bash(const ToolSpec& spec) {
  std::string function = "_" + spec.name, words, cases, valued;
  for (char& c : function)
    if (c == '-') c = '_';
  for_options(spec, [&](const Option& option) {
    words += (words.empty() ? "--" : " --") + option.name;
    const std::string names = "--" + option.name + (option.letter ? fmt::format("|-{}", option.letter) : "");
    if (!choices(option).empty())
      cases += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n", names,
                           joined(choices(option), " "));
    else if (!option.words.empty())
      cases += fmt::format("    {}) COMPREPLY=($(compgen -f -W '{}' -- \"$word\")); return ;;\n", names,
                           joined(option.words, " "));
    else if (option.argument.find("FILE") == std::string::npos && !option.argument.empty())
      valued += (valued.empty() ? "" : "|") + names;
  });
  return fmt::format(
      "# bash completion for {0}\n{1}() {{\n  local word=${{COMP_WORDS[COMP_CWORD]}}\n"
      "  case ${{COMP_WORDS[COMP_CWORD-1]}} in\n{2}    {3}) return ;;\n  esac\n"
      "  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W '{4}' -- \"$word\"))\n"
      "  else COMPREPLY=($(compgen -f -- \"$word\")); fi\n}}\ncomplete -o filenames -F {1} {0}\n",
      spec.name, function, cases, valued, words);
}

std::string zsh(const ToolSpec& spec) {
  std::string text = fmt::format("#compdef {}\n_arguments -s \\\n", spec.name);
  for_options(spec, [&](const Option& option) {
    std::string help;
    for (const char c : option.help)
      help += c == '[' || c == ']' || c == ':' ? std::string("\\") + c : std::string(1, c);
    std::string rest = "[" + help + "]";
    if (!choices(option).empty()) rest += ":value:(" + joined(choices(option), " ") + ")";
    else if (!option.words.empty()) rest += ":name:(" + joined(option.words, " ") + ")";
    else if (option.argument.find("FILE") != std::string::npos) rest += ":file:_files";
    else if (!option.argument.empty()) rest += ":" + option.argument + ":";
    const char* const repeated = option.name == "set" ? "*" : "";
    text += fmt::format("  {} \\\n", quoted(repeated + ("--" + option.name) + rest));
    if (option.letter) text += fmt::format("  {} \\\n", quoted(fmt::format("-{}{}", option.letter, rest)));
  });
  return text + "  '*:file:_files'\n";
}

std::string fish(const ToolSpec& spec) {
  std::string text;
  for_options(spec, [&](const Option& option) {
    text += fmt::format("complete -c {} -l {}", spec.name, option.name);
    if (option.letter) text += fmt::format(" -s {}", option.letter);
    if (!choices(option).empty()) text += fmt::format(" -x -a '{}'", joined(choices(option), " "));
    else if (!option.words.empty()) text += fmt::format(" -r -a '{}'", joined(option.words, " "));
    else if (!option.argument.empty()) text += option.argument.find("FILE") != std::string::npos ? " -r" : " -x";
    text += " -d " + quoted(option.help) + '\n';
  });
  return text;
}

}  // namespace

std::string completion_text(const ToolSpec& spec, const std::string& shell) {
  if (shell == "bash") return bash(spec);
  if (shell == "zsh") return zsh(spec);
  if (shell == "fish") return fish(spec);
  throw UsageError(fmt::format("no completion for '{}': bash, zsh or fish was expected", shell));
}

}  // namespace nf::cli
