#include "nf/io/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "nf/io/number.h"

namespace nf::io {
namespace {

constexpr std::size_t kMaxHeaderBytes = std::size_t{1} << 20;
constexpr std::size_t kVersionBytes = 2;

// Reads as much Python as headers may hold: the three keys in any order.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  std::optional<NpyHeader> parse() {
    NpyHeader header;
    bool has_dtype = false, has_order = false, has_shape = false;
    if (!take("{")) return std::nullopt;
    while (!take("}")) {
      std::string key;
      if (!take_string(key) || !take(":")) return std::nullopt;
      if (key == "descr" && !has_dtype) {
        has_dtype = take_fields(header);
      } else if (key == "fortran_order" && !has_order) {
        has_order = take_bool(header.fortran_order);
      } else if (key == "shape" && !has_shape) {
        has_shape = take_shape(header.shape);
      } else {
        return std::nullopt;
      }
      if (!take(",") && !next_is('}')) return std::nullopt;
    }
    if (!has_dtype || !has_order || !has_shape || !trim(rest_).empty()) return std::nullopt;
    return header;
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size())); }

  bool next_is(char c) {
    skip_blanks();
    return rest_.starts_with(c);
  }

  bool take(std::string_view token) {
    skip_blanks();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  bool take_string(std::string& text) {
    const char quote = take("'") ? '\'' : '"';
    if (quote == '"' && !take("\"")) return false;
    const std::size_t length = rest_.find(quote);
    if (length == std::string_view::npos) return false;
    text = rest_.substr(0, length);
    rest_.remove_prefix(length + 1);
    return true;
  }

  // 'dtype', or [('name', 'dtype'), (('title', 'name'), 'dtype'), ...]; fields that are arrays or records are not
  // known.
  bool take_fields(NpyHeader& header) {
    header.structured = take("[");
    if (!header.structured) return take_string(header.fields.emplace_back().dtype);
    while (!take("]")) {
      NpyField field;
      std::string title;
      if (!take("(")) return false;
      const bool named =
          take("(") ? take_string(title) && take(",") && take_string(field.name) && take(")") : take_string(field.name);
      if (!named || !take(",") || !take_string(field.dtype) || !take(")")) return false;
      header.fields.push_back(std::move(field));
      if (!take(",") && !next_is(']')) return false;
    }
    return !header.fields.empty();
  }

  bool take_bool(bool& value) {
    value = take("True");
    return value || take("False");
  }

  bool take_shape(std::vector<std::uint64_t>& shape) {
    if (!take("(")) return false;
    while (!take(")")) {
      skip_blanks();
      std::uint64_t size = 0;
      const auto [stop, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (error != std::errc{}) return false;
      rest_.remove_prefix(stop - rest_.data());
      shape.push_back(size);
      if (!take(",") && !next_is(')')) return false;
    }
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<NpyHeader> parse_npy_dict(std::string_view text) { return HeaderParser(text).parse(); }

NpyHeader read_npy_header(Input& input) {
  const auto refuse = [&](std::string_view why) { throw Error(fmt::format("{}: {}", input.name(), why)); };
  char magic[kNpyMagic.size() + kVersionBytes];
  if (input.read_fully(magic, sizeof magic) != sizeof magic ||
      !std::string_view(magic, sizeof magic).starts_with(kNpyMagic)) {
    refuse("not an NPY file");
  }
  const int version = magic[kNpyMagic.size()];
  if (version < 1 || version > 3) refuse(fmt::format("NPY version {} where 1, 2 or 3 was expected", version));
  unsigned char length_bytes[4] = {};
  const std::size_t length_size = version == 1 ? 2 : 4;
  const std::size_t length_got = input.read_fully(reinterpret_cast<char*>(length_bytes), length_size);
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_size; ++i) length |= std::size_t{length_bytes[i]} << (8 * i);
  if (length > kMaxHeaderBytes) refuse(fmt::format("NPY header of {} bytes", length));
  std::string text(length, '\0');
  if (length_got != length_size || input.read_fully(text.data(), length) != length) refuse("NPY header is cut off");
  std::optional<NpyHeader> header = parse_npy_dict(text);
  if (!header) refuse("NPY header does not give descr, fortran_order and shape: " + in_quotes(trim(text)));
  header->bytes = sizeof magic + length_size + length;
  return *header;
}

std::string make_npy_header(std::string_view dtype, std::uint64_t rows, std::uint64_t columns) {
  constexpr std::size_t kTextBytes = kNpyHeaderBytes - kNpyMagic.size() - kVersionBytes - 2;
  std::string header(kNpyMagic);
  header += {'\1', '\0', static_cast<char>(kTextBytes), '\0'};
  header += fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}, {}), }}", dtype, rows, columns);
  header.resize(kNpyHeaderBytes - 1, ' ');
  return header + '\n';
}

}  // namespace nf::io
