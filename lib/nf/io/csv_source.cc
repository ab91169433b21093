// CSV as in RFC 4180, and TSV, which only has another delimiter: quoted fields may hold delimiters, line ends and
// doubled quotes. A quote that does not begin a field is an ordinary character. Lines end with LF or CRLF, the last
// one also without. Lines with nothing in them are no records, except in the middle of a table of one column.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "nf/io/number.h"
#include "nf/io/record_source.h"

namespace nf {
namespace {

// std::string_view::find() with a character, on what is left of a line.
const char* find_char(const char* begin, const char* end, char c) {
  return static_cast<const char*>(std::memchr(begin, c, static_cast<std::size_t>(end - begin)));
}

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

class CsvSource final : public RecordSource {
 public:
  CsvSource(std::unique_ptr<Input> input, const ReadOptions& options)
      : RecordSource(std::move(input), options), delimiter_(options.format == Format::kTsv ? '\t' : ',') {
    read_header(first_chunk());
  }

  void select(const std::vector<int>& columns) override;
  Record take(const Chunk& chunk, std::string_view& rest) const override;
  bool parse(std::string_view record, double* row, std::string& why) const override;

 private:
  struct Wanted {
    int column;
    std::size_t slot;  // of the row
  };

  void read_header(Chunk& chunk);
  std::size_t whole_records(std::string_view text, bool last, Chunk& chunk) override;
  const char* record_end(const char* p, const char* end) const;
  bool parse_plain(std::string_view record, double* row) const;
  bool parse_any(std::string_view record, double* row, std::string& why) const;
  bool split(std::string_view record, std::vector<std::string>& fields) const;

  const char delimiter_;
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

// The line feed that ends the record at `p`; null if that does not end before `end`.
const char* CsvSource::record_end(const char* p, const char* end) const {
  for (bool field_begins = true; p < end; ++p) {
    if (field_begins && *p == '"') {
      p = after_quotes(p + 1, end);
      if (p == nullptr || p == end) return nullptr;
    }
    if (*p == '\n') return p;
    field_begins = *p == delimiter_;
  }
  return nullptr;
}

std::size_t CsvSource::whole_records(std::string_view text, bool last, Chunk& chunk) {
  chunk.has_quotes = text.find('"') != std::string_view::npos;
  std::size_t whole = text.size();
  if (!last && !chunk.has_quotes) {
    whole = text.rfind('\n') + 1;
  } else if (!last) {
    const char *begin = text.data(), *end = begin + text.size(), *p = begin;
    while (const char* line_feed = record_end(p, end)) p = line_feed + 1;
    whole = static_cast<std::size_t>(p - begin);
  }
  // Blank lines wait for what comes after them: at the end they count for nothing.
  const std::string_view records = text.substr(0, whole);
  const std::size_t last_char = records.find_last_not_of("\r\n");
  if (last_char == std::string_view::npos) return 0;
  const std::size_t line_feed = records.find('\n', last_char);
  return line_feed == std::string_view::npos ? whole : line_feed + 1;
}

void CsvSource::read_header(Chunk& chunk) {
  Record record;
  std::string_view rest = chunk.records;
  do {
    if (rest.empty()) return;
    chunk.lines_seen += record.blank ? record.lines : 0;
    chunk.records = rest;
    record = take(chunk, rest);
  } while (record.text.empty());
  std::vector<std::string> fields;
  if (!split(record.text, fields)) fail({chunk.lines_seen, 0, "a quoted field is not closed"});
  columns_ = static_cast<int>(fields.size());
  for (std::string& field : fields) field = trim(field);
  double ignored = 0;
  const auto is_number = [&](const std::string& field) { return parse_number(field, ignored); };
  const bool names_come = options_.header == Header::kYes ||
                          (options_.header == Header::kAuto &&
                           (fields == options_.known_names || !std::all_of(fields.begin(), fields.end(), is_number)));
  if (!names_come) return;
  names_ = std::move(fields);
  header_text_ = record.text;
  chunk.records = rest;
  chunk.lines_seen += record.lines;
}

void CsvSource::select(const std::vector<int>& columns) {
  RecordSource::select(columns);
  for (std::size_t slot = 0; slot < columns.size(); ++slot) wanted_.push_back({columns[slot], slot});
  std::stable_sort(wanted_.begin(), wanted_.end(), [](Wanted a, Wanted b) { return a.column < b.column; });
}

Record CsvSource::take(const Chunk& chunk, std::string_view& rest) const {
  const char *begin = rest.data(), *end = begin + rest.size();
  const char* line_feed = chunk.has_quotes ? record_end(begin, end) : find_char(begin, end, '\n');
  const char* stop = line_feed == nullptr ? end : line_feed;
  rest.remove_prefix(static_cast<std::size_t>(stop - begin) + (line_feed != nullptr));
  Record record{without_cr({begin, static_cast<std::size_t>(stop - begin)})};
  if (chunk.has_quotes) record.lines += static_cast<std::uint64_t>(std::count(begin, stop, '\n'));
  record.blank = record.text.empty() && columns_ != 1;
  return record;
}

bool CsvSource::parse(std::string_view record, double* row, std::string& why) const {
  return parse_plain(record, row) || parse_any(record, row, why);
}

// The fast way for good records without quotes; says false to all others. Numbers are parsed where they stand, and
// only what lies between them is searched for delimiters.
bool CsvSource::parse_plain(std::string_view record, double* row) const {
  const char *p = record.data(), *const end = p + record.size();
  // A quote in a selected column is no number anyway.
  if (wanted_.size() < static_cast<std::size_t>(columns_) && find_char(p, end, '"') != nullptr) return false;
  const auto skip_blanks = [&] {
    while (p < end && (*p == ' ' || (*p == '\t' && delimiter_ != '\t'))) ++p;
  };
  int column = 0;  // that p is in
  const auto skip_to = [&](int next) {
    for (; column < next; ++column) {
      p = find_char(p, end, delimiter_);
      if (p == nullptr) return false;
      ++p;
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
    p = parse_number(p, end, value);
    if (p == nullptr || !std::isfinite(value)) return false;
    skip_blanks();
    if (p < end && *p != delimiter_) return false;
  }
  return skip_to(columns_ - 1) && find_char(p, end, delimiter_) == nullptr;
}

// The thorough way, for quotes and for saying what is wrong.
bool CsvSource::parse_any(std::string_view record, double* row, std::string& why) const {
  std::vector<std::string> fields;
  if (!split(record, fields)) {
    why = "a quoted field is not closed";
    return false;
  }
  if (fields.size() != static_cast<std::size_t>(columns_)) {
    why = fmt::format("{} field{} where {} were expected", fields.size(), fields.size() == 1 ? "" : "s", columns_);
    return false;
  }
  for (const int column : selected_) {
    const std::string& field = fields[static_cast<std::size_t>(column)];
    const bool number = parse_number(field, *row);
    if (!number || !std::isfinite(*row)) {
      why = fmt::format("{}: {} is not {}", column_name(column), in_quotes(field), number ? "finite" : "a number");
      return false;
    }
    ++row;
  }
  return true;
}

// False: a quote is never closed.
bool CsvSource::split(std::string_view record, std::vector<std::string>& fields) const {
  const char *p = record.data(), *const end = p + record.size();
  while (true) {
    std::string& field = fields.emplace_back();
    if (p < end && *p == '"') {
      const char* inside = p + 1;
      p = after_quotes(inside, end);
      if (p == nullptr) return false;
      for (const char* c = inside; c < p - 1; c += *c == '"' ? 2 : 1) field += *c;
    }
    const char* stop = find_char(p, end, delimiter_);
    field.append(p, stop == nullptr ? end : stop);
    if (stop == nullptr) return true;
    p = stop + 1;
  }
}

}  // namespace

std::unique_ptr<RecordSource> open_csv(std::unique_ptr<Input> input, const ReadOptions& options) {
  return std::make_unique<CsvSource>(std::move(input), options);
}

}  // namespace nf
