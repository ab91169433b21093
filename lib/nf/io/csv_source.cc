// CSV as in RFC 4180, with any delimiter: quoted fields may hold delimiters, line ends and doubled quotes. A quote that
// does not begin a field is an ordinary character. A quoted field that does not end before a delimiter or line end
// makes its line, and no more, a bad record. Lines end with LF or CRLF, the last one also without. Lines with nothing
// in them are no records, except in the middle of a table of one column.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "nf/io/number.h"
#include "nf/io/record_source.h"
#include "nf/io/text_layout.h"

namespace nf::io {
namespace {

// std::string_view::find() with a character, on what is left of a line.
const char* find_char(const char* begin, const char* end, char c) {
  return static_cast<const char*>(std::memchr(begin, c, end - begin));
}

constexpr const char* kBadQuote = "a quoted field does not end before a delimiter or line end";

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

class CsvSource final : public RecordSource {
 public:
  CsvSource(std::unique_ptr<Input> input, const ReadOptions& options) : RecordSource(std::move(input), options) {
    const TextLayout layout = find_layout(*input_, options);
    delimiter_ = layout.delimiter;
    decimal_ = layout.decimal;
    input_->skip(layout.comment_bytes);
    Chunk& chunk = first_chunk();
    chunk.lines_seen = layout.comment_lines;
    read_header(chunk, layout);
  }

  void select(const std::vector<int>& columns, const std::vector<Cells>& cells) override;
  Record take(const Chunk& chunk, std::string_view& rest) const override;
  bool parse(std::string_view record, double* row, std::string& why, std::string& new_name) const override;

 private:
  struct Wanted {
    int column;
    std::size_t slot;  // of the row
  };

  void read_header(Chunk& chunk, const TextLayout& layout);
  std::size_t whole_records(std::string_view text, bool last, Chunk& chunk) override;
  const char* record_end(const char* begin, const char* end, bool& open) const;
  const char* next_field(const char* p, const char* end) const;
  bool parse_plain(std::string_view record, double* row) const;
  bool parse_any(std::string_view record, double* row, std::string& why) const;
  bool split(std::string_view record, std::vector<std::string>& fields) const;

  std::vector<Wanted> wanted_;  // by column
};

// After the quote that closes the field begun before `p`; null if there is none.
const char* after_quotes(const char* p, const char* end) {
  while ((p = find_char(p, end, '"')) != nullptr) {
    if (++p == end || *p != '"') return p;
    ++p;
  }
  return nullptr;
}

bool is_line_end(const char* p, const char* end) {
  return p == end || *p == '\n' || (*p == '\r' && (p + 1 == end || p[1] == '\n'));
}

// The line feed that ends the record at `begin`; null if that does not end before `end`. `open`: a quote is not closed.
const char* CsvSource::record_end(const char* begin, const char* end, bool& open) const {
  open = false;
  bool field_begins = true;
  for (const char* p = begin; p < end; ++p) {
    if (field_begins && *p == '"') {
      p = after_quotes(p + 1, end);
      open = p == nullptr;
      if (open || p == end) return nullptr;
      if (!is_delimiter(*p, delimiter_) && !is_line_end(p, end)) return find_char(begin, end, '\n');
    }
    if (*p == '\n') return p;
    field_begins = is_delimiter(*p, delimiter_);
  }
  return nullptr;
}

// After the delimiter that ends the field at `p`; null if there is none.
const char* CsvSource::next_field(const char* p, const char* end) const {
  if (delimiter_ != ' ') {
    p = find_char(p, end, delimiter_);
    return p == nullptr ? nullptr : p + 1;
  }
  while (p < end && !is_delimiter(*p, ' ')) ++p;
  while (p < end && is_delimiter(*p, ' ')) ++p;
  return p == end ? nullptr : p;
}

std::size_t CsvSource::whole_records(std::string_view text, bool last, Chunk& chunk) {
  chunk.has_quotes = text.find('"') != std::string_view::npos;
  std::size_t whole = text.size();
  if (!last && !chunk.has_quotes) {
    whole = text.rfind('\n') + 1;
  } else if (!last) {
    const char *begin = text.data(), *end = begin + text.size(), *p = begin;
    bool open = false;
    while (const char* line_feed = record_end(p, end, open)) p = line_feed + 1;
    whole = static_cast<std::size_t>(p - begin);
  }
  // Blank lines wait for what comes after them: at the end they count for nothing.
  const std::string_view records = text.substr(0, whole);
  const std::size_t last_char = records.find_last_not_of("\r\n");
  if (last_char == std::string_view::npos) return 0;
  const std::size_t line_feed = records.find('\n', last_char);
  return line_feed == std::string_view::npos ? whole : line_feed + 1;
}

void CsvSource::read_header(Chunk& chunk, const TextLayout& layout) {
  Record record;
  std::string_view rest = chunk.records;
  do {
    if (rest.empty()) return;
    chunk.lines_seen += record.blank ? record.lines : 0;
    chunk.records = rest;
    record = take(chunk, rest);
  } while (record.text.empty());
  notes_.push_back(layout.note);
  if (!layout.warning.empty()) warnings_.push_back(layout.warning);
  std::vector<std::string> fields;
  if (!split(record.text, fields)) fail({chunk.lines_seen, 0, kBadQuote});
  columns_ = static_cast<int>(fields.size());
  if (!layout.comment_names.empty()) {
    header_text_ = layout.comment_names;
    split(trim(std::string_view(header_text_).substr(1)), names_);
  } else if (layout.has_header) {
    names_ = std::move(fields);
    header_text_ = record.text;
    chunk.records = rest;
    chunk.lines_seen += record.lines;
  }
  for (std::string& name : names_) name = trim(name);
}

void CsvSource::select(const std::vector<int>& columns, const std::vector<Cells>& cells) {
  RecordSource::select(columns, cells);
  for (std::size_t slot = 0; slot < columns.size(); ++slot) wanted_.push_back({columns[slot], slot});
  std::stable_sort(wanted_.begin(), wanted_.end(), [](Wanted a, Wanted b) { return a.column < b.column; });
}

Record CsvSource::take(const Chunk& chunk, std::string_view& rest) const {
  const char *begin = rest.data(), *end = begin + rest.size();
  bool open = false;
  const char* line_feed = chunk.has_quotes ? record_end(begin, end, open) : find_char(begin, end, '\n');
  if (open) line_feed = find_char(begin, end, '\n');
  const char* stop = line_feed == nullptr ? end : line_feed;
  rest.remove_prefix(static_cast<std::size_t>(stop - begin) + (line_feed != nullptr));
  Record record{without_cr({begin, static_cast<std::size_t>(stop - begin)})};
  if (chunk.has_quotes) record.lines += static_cast<std::uint64_t>(std::count(begin, stop, '\n'));
  record.blank = record.text.empty() && columns_ != 1;
  return record;
}

bool CsvSource::parse(std::string_view record, double* row, std::string& why, std::string&) const {
  return (decimal_ == '.' && parse_plain(record, row)) || parse_any(record, row, why);
}

// 02134 is a postcode and no number, where words may stand.
bool is_number_code(const char* field, const char* end) {
  return end - field > 1 && field[0] == '0' && is_digit(field[1]);
}

// The fast way for good records without quotes; says false to all others. Numbers are parsed where they stand, and
// only what lies between them is searched for delimiters.
bool CsvSource::parse_plain(std::string_view record, double* row) const {
  const char *p = record.data(), *const end = p + record.size();
  // A quote in a selected column is seen where a number was expected.
  if (wanted_.size() < static_cast<std::size_t>(columns_) && find_char(p, end, '"') != nullptr) return false;
  const auto skip_blanks = [&] {
    while (p < end && (*p == ' ' || (*p == '\t' && delimiter_ != '\t'))) ++p;
  };
  if (delimiter_ == ' ') skip_blanks();
  int column = 0;  // that p is in
  const auto skip_to = [&](int next) {
    for (; column < next; ++column) {
      p = next_field(p, end);
      if (p == nullptr) return false;
    }
    return true;
  };
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    double& value = row[wanted_[i].slot];
    if (i > 0 && wanted_[i].column == wanted_[i - 1].column) {
      value = row[wanted_[i - 1].slot];
      continue;
    }
    if (!skip_to(wanted_[i].column)) return false;
    skip_blanks();
    const Cells& cells = cells_[wanted_[i].slot];
    const char* const field = p;
    p = parse_number(p, end, value);
    if (p != nullptr && delimiter_ != ' ') skip_blanks();
    const bool number = p != nullptr && std::isfinite(value) && (p == end || is_delimiter(*p, delimiter_));
    if (number && !cells.takes_text() && (!cells.words || !is_number_code(field, p))) continue;
    if (cells.plain() || (field < end && *field == '"')) return false;
    p = field;
    while (p < end && !is_delimiter(*p, delimiter_)) ++p;
    if (!cells.read(trim({field, static_cast<std::size_t>(p - field)}), value)) return false;
  }
  return skip_to(columns_ - 1) && next_field(p, end) == nullptr;
}

// The thorough way, for quotes and for saying what is wrong.
bool CsvSource::parse_any(std::string_view record, double* row, std::string& why) const {
  std::vector<std::string> fields;
  if (!split(record, fields)) {
    why = kBadQuote;
    return false;
  }
  if (fields.size() != static_cast<std::size_t>(columns_)) {
    why = fmt::format("{} field{} where {} were expected", fields.size(), fields.size() == 1 ? "" : "s", columns_);
    return false;
  }
  for (std::size_t slot = 0; slot < selected_.size(); ++slot, ++row) {
    const std::string_view field = trim(fields[selected_[slot]]);
    const Cells& cells = cells_[slot];
    const bool number = parse_decimal(field, decimal_, *row);
    const bool is_code = number && cells.words && is_number_code(field.data(), field.data() + field.size());
    if (number && std::isfinite(*row) && !is_code && !cells.takes_text()) continue;
    if (!cells.plain() && cells.read(field, *row)) continue;
    why = fmt::format("{}: {} is not {}", column_name(selected_[slot]), in_quotes(fields[selected_[slot]]),
                      cells.dates ? "a date"
                      : number    ? "finite"
                                  : "a number");
    return false;
  }
  return true;
}

// False: a quoted field does not end where it should.
bool CsvSource::split(std::string_view record, std::vector<std::string>& fields) const {
  const char *p = record.data(), *const end = p + record.size();
  while (delimiter_ == ' ' && p < end && is_delimiter(*p, ' ')) ++p;
  while (true) {
    std::string& field = fields.emplace_back();
    const char* begin = p;
    if (p < end && *p == '"') {
      const char* inside = p + 1;
      begin = after_quotes(inside, end);
      if (begin == nullptr || (begin < end && !is_delimiter(*begin, delimiter_))) return false;
      for (const char* c = inside; c < begin - 1; c += *c == '"' ? 2 : 1) field += *c;
    }
    const char* stop = begin;
    while (stop < end && !is_delimiter(*stop, delimiter_)) ++stop;
    field.append(begin, stop);
    p = next_field(stop, end);
    if (p == nullptr) return true;
  }
}

}  // namespace

std::unique_ptr<RecordSource> open_csv(std::unique_ptr<Input> input, const ReadOptions& options) {
  return std::make_unique<CsvSource>(std::move(input), options);
}

}  // namespace nf::io
