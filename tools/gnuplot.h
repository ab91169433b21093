#pragma once
// Pictures by gnuplot, another program: what a script of share/plots/ draws of values.
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace nf::cli {

// What a script is given before its first line. Texts may come from anywhere: gnuplot takes nothing in them for code.
class PlotValues {
 public:
  template <std::integral T>
  void set(const char* name, T value) {
    define(name, literal(value));
  }
  void set(const char* name, double value) { define(name, literal(value)); }
  void set(const char* name, const std::string& value) { define(name, literal(value)); }
  template <class T>
  void set(const char* name, const std::vector<T>& values) {
    std::string list;
    for (const T& value : values) list += (list.empty() ? "" : ", ") + literal(value);
    define_array(name, values.size(), list);
  }
  void block(const char* name, const std::string& lines);  // "$name", of numbers alone
  const std::string& commands() const { return commands_; }

 private:
  template <std::integral T>
  static std::string literal(T value) {
    return std::to_string(static_cast<long long>(value));
  }
  static std::string literal(double value);
  static std::string literal(const std::string& value);
  void define(const char* name, const std::string& value);
  void define_array(const char* name, std::size_t size, const std::string& list);  // of at least one element
  std::string commands_;
};

struct Picture {
  std::string plot;  // the script's name
  int wide = 0, tall = 0;
  int lines = 0;  // as text, which is 79 wide: of each panel that stands alone
  PlotValues values = {};
};

enum class PictureKind { kPng, kSvg, kPdf, kText };
// By the ending; "-" is text. Throws UsageError on any other.
PictureKind picture_kind(const std::string& path);

// Throws Error where there is no gnuplot; what: the option that needs it.
void require_gnuplot(const std::string& what);
// The bytes of the picture. Throws Error with what gnuplot says.
std::string draw(const Picture& picture, PictureKind kind);

}  // namespace nf::cli
