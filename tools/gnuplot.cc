#include "gnuplot.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cli.h"
#include "nf/io/number.h"
#include "nf/io/output.h"
#include "plots_embedded.h"

extern char** environ;

namespace nf::cli {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

File temporary_file() {
  File file(std::tmpfile());
  if (!file) throw Error(fmt::format("cannot make a temporary file: {}", std::strerror(errno)));
  return file;
}

std::string contents(std::FILE* file) {
  std::string text;
  char buffer[1 << 16];
  std::rewind(file);
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file)) text.append(buffer, count);
  if (std::ferror(file)) throw Error(fmt::format("cannot read a temporary file: {}", std::strerror(errno)));
  return text;
}

// The line that says what is wrong: others show where.
std::string complaint(const std::string& text) {
  std::string last;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (const std::string_view line = trim(std::string_view(text).substr(begin, end - begin)); !line.empty())
      last = line;
    begin = end + 1;
  }
  return printable(last);
}

// Runs it without a shell, and without what a user's start file says; files stand for pipes, so that nobody waits for
// anybody. Returns false where there is no such program.
bool run(const std::vector<std::string>& arguments, const std::string& script, std::string& output) {
  const File in = temporary_file(), out = temporary_file(), err = temporary_file();
  if (std::fwrite(script.data(), 1, script.size(), in.get()) != script.size() || std::fflush(in.get()) != 0)
    throw Error(fmt::format("cannot write a temporary file: {}", std::strerror(errno)));
  std::rewind(in.get());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  int number = 0;
  for (const File* file : {&in, &out, &err}) posix_spawn_file_actions_adddup2(&actions, fileno(file->get()), number++);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int ignored : {SIGPIPE, SIGXFSZ}) sigaddset(&defaults, ignored);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  std::vector<std::string> words = {"gnuplot"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t process = -1;
  const int error = posix_spawnp(&process, "gnuplot", &actions, &attributes, pointers.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) return false;
  if (error != 0) throw Error(fmt::format("cannot start gnuplot: {}", std::strerror(error)));
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  output = contents(out.get());
  const std::string said = contents(err.get());
  if (WIFSIGNALED(status)) throw Error(fmt::format("gnuplot was ended by signal {}", WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0 || output.empty())
    throw Error(fmt::format("gnuplot: {}", said.empty() ? "nothing was drawn" : complaint(said)));
  return true;
}

std::string terminal(const Picture& picture, PictureKind kind) {
  switch (kind) {
    case PictureKind::kPng:
      return fmt::format("pngcairo size {},{} noenhanced font 'sans,11'", picture.wide, picture.tall);
    case PictureKind::kSvg:
      return fmt::format("svg size {},{} dynamic noenhanced font 'sans-serif,14' name '{}' background rgb 'white'",
                         picture.wide, picture.tall, picture.plot);
    case PictureKind::kPdf:
      return fmt::format("pdfcairo size {:.3f}in,{:.3f}in noenhanced font 'sans,11'", picture.wide / 96.0,
                         picture.tall / 96.0);
    case PictureKind::kText:
      break;
  }
  return fmt::format("dumb size 79,{} nofeed noenhanced mono", picture.lines);
}

std::string without_trailing_blanks(const std::string& text) {
  std::string lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    lines += line.substr(0, line.find_last_not_of(" \f") + 1) + '\n';
    begin = end + 1;
  }
  return lines;
}

// Cells of a density stay cells where a viewer enlarges them.
std::string with_sharp_cells(const std::string& svg) {
  std::string text;
  std::size_t begin = 0;
  for (std::size_t at; (at = svg.find("<image ", begin)) != std::string::npos; begin = at + 7)
    text += svg.substr(begin, at - begin) + "<image style='image-rendering: pixelated' ";
  return text + svg.substr(begin);
}

}  // namespace

// In single quotes gnuplot knows no escapes, no `commands` and no @macros; and there is no quote inside.
std::string PlotValues::literal(const std::string& value) {
  std::string text = "'";
  for (std::size_t i = 0; i < value.size();) {
    const auto lead = static_cast<unsigned char>(value[i]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    bool whole = length > 0 && i + length <= value.size() && control_bytes(value, i) == 0;
    for (std::size_t k = 1; whole && k < length; ++k) whole = (static_cast<unsigned char>(value[i + k]) & 0xC0) == 0x80;
    if (!whole) text += '?';
    else if (value[i] == '\'') text += "\u2019";
    else text += value.substr(i, length);
    i += whole ? length : std::max<std::size_t>(control_bytes(value, i), 1);
  }
  return text + "'";
}

// With a point: gnuplot divides whole numbers without rest.
std::string PlotValues::literal(double value) { return std::isfinite(value) ? fmt::format("{:#.15g}", value) : "NaN"; }

void PlotValues::define(const char* name, const std::string& value) {
  commands_ += fmt::format("{} = {}\n", name, value);
}

void PlotValues::define_array(const char* name, std::size_t size, const std::string& list) {
  commands_ += size == 0 ? fmt::format("array {}[1]\n", name) : fmt::format("array {}[{}] = [{}]\n", name, size, list);
}

void PlotValues::block(const char* name, const std::string& lines) {
  commands_ += fmt::format("${} << END\n{}END\n", name, lines);
}

PictureKind picture_kind(const std::string& path) {
  if (path == "-" || path.ends_with(".txt")) return PictureKind::kText;
  if (path.ends_with(".png")) return PictureKind::kPng;
  if (path.ends_with(".svg")) return PictureKind::kSvg;
  if (path.ends_with(".pdf")) return PictureKind::kPdf;
  throw UsageError(fmt::format("--plot: {} ends in none of .png, .svg, .pdf and .txt; - is text on standard output",
                               in_quotes(path)));
}

void require_gnuplot(const std::string& what) {
  std::string version;
  if (!run({"--version"}, "", version))
    throw Error(fmt::format("gnuplot is needed for {}; on Debian: apt-get install gnuplot-nox", what));
}

std::string draw(const Picture& picture, PictureKind kind) {
  const bool text = kind == PictureKind::kText;
  std::string_view plot = text ? embedded_plot(picture.plot + "_text") : std::string_view();
  if (plot.empty()) plot = embedded_plot(picture.plot);
  PlotValues canvas;
  canvas.set("text", text);
  canvas.set("wide", static_cast<double>(picture.wide));
  canvas.set("tall", static_cast<double>(picture.tall));
  std::string output;
  if (!run({"-d"},
           fmt::format("set terminal {}\n{}{}{}", terminal(picture, kind), canvas.commands(), picture.values.commands(),
                       plot),
           output))
    throw Error("gnuplot is not there");
  return text ? without_trailing_blanks(output) : kind == PictureKind::kSvg ? with_sharp_cells(output) : output;
}

}  // namespace nf::cli
