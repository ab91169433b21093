// Command lines: any words, one a line, are refused with a UsageError or read; what is asked of them then is read too
// or refused likewise.
#include <sstream>
#include <string>
#include <vector>

#include "cli.h"

namespace {

const nf::cli::ToolSpec kSpec = {.name = "tool",
                                 .summary = "is fuzzed.",
                                 .usage = {"[OPTION]..."},
                                 .examples = {},
                                 .groups = {{"Options",
                                             {{"text", 't', "FILE", "-", ""},
                                              {"list", 'l', "a,b,...", "", ""},
                                              {"count", 'n', "N", "3", ""},
                                              {"number", 0, "X", "0.5", ""},
                                              {"choice", 'c', "one|two", "one", ""},
                                              {"flag", 'f', "", "", ""},
                                              {"quiet", 'q', "", "", ""},
                                              {"verbose", 'v', "", "", ""}}}},
                                 .notes = {},
                                 .see_also = {},
                                 .most_operands = 3};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data), size));
  std::vector<std::string> words = {"tool"};
  for (std::string line; std::getline(lines, line);) words.push_back(line.substr(0, line.find('\0')));
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  try {
    const nf::cli::Cli cli(kSpec, static_cast<int>(arguments.size()), arguments.data());
    cli.list("list");
    cli.text("text");
    cli.text("choice");
    cli.claim_stdin(cli.operands());
    cli.count("count", 0, 100);
    cli.number("number", 0, 1);
  } catch (const nf::cli::UsageError&) {
  }
  return 0;
}
