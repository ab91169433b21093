// JSON (one array of records) and NDJSON (a record a line). Names are the first record's keys.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "nf/io/json_record.h"
#include "nf/io/number.h"
#include "nf/io/record_source.h"

namespace nf::io {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// Finds the names of a record, or how many elements it has.
class Surveyor final : public JsonRecordHandler {
 public:
  bool record_begins(bool object) override { return is_object = object, true; }
  bool key(const std::string& name) override { return names.push_back(name), true; }
  bool number(double) override { return ++columns, true; }
  bool word(const std::string&, const std::string&) override { return ++columns, true; }
  bool other(const std::string&) override { return ++nested, ++columns, true; }
  bool record_ends() override { return true; }

  bool is_object = false;
  int columns = 0;
  int nested = 0;  // of them, those that are objects or arrays
  std::vector<std::string> names;
};

class JsonSource final : public RecordSource {
 public:
  JsonSource(std::unique_ptr<Input> input, const ReadOptions& options)
      : RecordSource(std::move(input), options), is_array_(options.format == Format::kJson) {
    const std::uint64_t blank_lines = skip_blank_lines();
    const std::string_view head = input_->peek(1);
    if (head.empty()) {
      at_end_ = true;
      return;
    }
    if (is_array_ && head[0] != '[') throw Error(fmt::format("{}: a JSON array was expected", path()));
    if (is_array_) input_->skip(1);
    Chunk& chunk = first_chunk();
    chunk.lines_seen = blank_lines;
    survey(chunk);
  }

  void select(const std::vector<int>& columns, const std::vector<Cells>& cells) override;
  Record take(const Chunk& chunk, std::string_view& rest) const override;
  bool parse(std::string_view record, double* row, std::string& why, std::string& new_name) const override;

 private:
  class RowFiller;

  bool parse_plain(std::string_view record, double* row) const;
  std::uint64_t skip_blank_lines();
  void survey(const Chunk& chunk);
  std::size_t whole_records(std::string_view text, bool last, Chunk& chunk) override;

  const bool is_array_;  // the records stand in one array
  bool array_closed_ = false;
  bool record_must_follow_ = false;  // after a comma

  bool records_are_objects_ = false;
  bool names_are_plain_ = true;  // different, and written without escapes
  std::unordered_map<std::string, int> column_of_;
  std::vector<std::vector<std::size_t>> slots_;  // of the row, for each column
};

// Puts the selected members of a record into a row. kNoCell marks what has not come yet.
class JsonSource::RowFiller final : public JsonRecordHandler {
 public:
  RowFiller(const JsonSource& source, double* row, std::string& new_name)
      : source_(source), row_(row), new_name_(new_name) {
    std::fill_n(row_, source_.selected_.size(), word_cell(kNoCell));
  }

  bool record_begins(bool object) override {
    if (object == source_.records_are_objects_) return true;
    return reject(object ? "an object where an array was expected" : "an array where an object was expected");
  }

  // Most records keep the first one's order of keys.
  bool key(const std::string& name) override {
    const std::size_t guess = column_ + 1;
    if (guess < source_.names_.size() && source_.names_[guess] == name) {
      ++column_;
    } else {
      const auto place = source_.column_of_.find(name);
      const bool is_new = place == source_.column_of_.end();
      column_ = is_new ? source_.columns_ : place->second;
      if (is_new && new_name_.empty()) new_name_ = name;
    }
    return true;
  }

  bool number(double value) override {
    for (const std::size_t slot : slots()) {
      double cell = value;
      if (source_.cells_[slot].takes_text()) {
        char text[kNumberWidth];
        const std::string_view shown(text, print_number(text, value + 0.0, true));
        if (!source_.cells_[slot].read(shown, cell)) return reject_column(std::string(shown) + " is not a date");
      }
      if (!put(slot, cell)) return false;
    }
    return true;
  }

  bool word(const std::string& text, const std::string& shown) override {
    for (const std::size_t slot : slots()) {
      double cell = 0;
      const Cells& cells = source_.cells_[slot];
      // A number in quotes is one, but for 02134.
      const bool is_number = !cells.takes_text() && parse_number(std::string_view(text), cell) && std::isfinite(cell) &&
                             !(text.size() > 1 && text[0] == '0' && is_digit(text[1]));
      if (!is_number && !cells.read(text, cell))
        return reject_column(shown + (cells.dates ? " is not a date" : " is not a number"));
      if (!put(slot, cell)) return false;
    }
    return true;
  }

  bool other(const std::string& shown) override { return slots().empty() || reject_column(shown + " is not a number"); }

  bool record_ends() override {
    if (!source_.records_are_objects_ && column_ + 1 != source_.columns_) {
      return reject(fmt::format("{} fields where {} were expected", column_ + 1, source_.columns_));
    }
    for (std::size_t slot = 0; slot < source_.selected_.size(); ++slot) {
      if (has(slot) || source_.cells_[slot].read("", row_[slot])) continue;
      column_ = source_.selected_[slot];
      return reject_column("is missing");
    }
    return true;
  }

 private:
  // Where the value that comes now is wanted.
  const std::vector<std::size_t>& slots() {
    static const std::vector<std::size_t> none;
    if (!source_.records_are_objects_) ++column_;
    return column_ < source_.columns_ ? source_.slots_[column_] : none;
  }

  bool has(std::size_t slot) const { return !is_word(row_[slot]) || word_of(row_[slot]) != kNoCell; }
  bool put(std::size_t slot, double cell) {
    if (has(slot)) return reject_column("stands twice");
    row_[slot] = cell;
    return true;
  }

  bool reject_column(const std::string& why) {
    return reject(fmt::format("{}: {}", source_.column_name(column_), why));
  }

  const JsonSource& source_;
  double* row_;
  std::string& new_name_;
  int column_ = -1;  // of the value before or, after its key, of the value to come
};

// Takes the lines before the first record and returns how many they are.
std::uint64_t JsonSource::skip_blank_lines() {
  std::uint64_t lines = 0;
  std::size_t blanks = 0, available = 0;
  do {
    const std::string_view head = input_->peek(1);
    available = head.size();
    blanks = std::min(head.find_first_not_of(kBlanks), available);
    lines +=
        static_cast<std::uint64_t>(std::count(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(blanks), '\n'));
    input_->skip(blanks);
  } while (blanks > 0 && blanks == available);
  return lines;
}

// A first record that cannot be read is an error also where bad rows are skipped: it would have named the columns.
void JsonSource::survey(const Chunk& chunk) {
  std::string_view rest = chunk.records;
  const Record record = take(chunk, rest);
  if (record.blank) return;
  Surveyor surveyor;
  if (!parse_json_record(record.text, surveyor)) fail({chunk.lines_seen, 0, surveyor.why()});
  if (surveyor.columns > 0 && surveyor.nested == surveyor.columns)
    throw Error(fmt::format("{}: {} where an array of records was expected: [{{\"a\": 1, \"b\": 2}}, ...]", path(),
                            surveyor.is_object
                                ? fmt::format("an object of columns, {} ...,", in_quotes(surveyor.names[0]))
                                : "an array of arrays of arrays"));
  names_ = std::move(surveyor.names);
  columns_ = surveyor.columns;
  records_are_objects_ = surveyor.is_object;
  for (int i = 0; i < static_cast<int>(names_.size()); ++i) {
    const std::string& name = names_[i];
    const bool is_new = column_of_.emplace(name, i).second;
    const auto is_special = [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; };
    names_are_plain_ = names_are_plain_ && is_new && std::none_of(name.begin(), name.end(), is_special);
  }
}

void JsonSource::select(const std::vector<int>& columns, const std::vector<Cells>& cells) {
  RecordSource::select(columns, cells);
  slots_.resize(columns_);
  for (std::size_t slot = 0; slot < columns.size(); ++slot) {
    slots_[columns[slot]].push_back(slot);
  }
}

// The comma after the array element at `p`, or the bracket after the last one; `end` if neither has come.
const char* element_end(const char* p, const char* end) {
  int depth = 0;
  bool in_string = false;
  for (; p < end; ++p) {
    if (in_string) {
      if (*p == '\\' && p + 1 < end) ++p;
      else if (*p == '"') in_string = false;
      continue;
    }
    switch (*p) {
      case '"':
        in_string = true;
        break;
      case '[':
      case '{':
        ++depth;
        break;
      case ']':
        if (depth == 0) return p;
        [[fallthrough]];
      case '}':
        --depth;
        break;
      case ',':
        if (depth == 0) return p;
        break;
      default:
        break;
    }
  }
  return end;
}

std::size_t JsonSource::whole_records(std::string_view text, bool last, Chunk& chunk) {
  if (!is_array_) return RecordSource::whole_records(text, last, chunk);
  const char *const begin = text.data(), *const end = begin + text.size(), *p = begin;
  const char* end_of_records = end;  // with the blanks after the array
  while (!array_closed_) {
    const char* stop = element_end(p, end);
    if (stop == end) break;
    const bool blank = trim({p, static_cast<std::size_t>(stop - p)}).empty();
    array_closed_ = *stop == ']';
    if (array_closed_ && blank && record_must_follow_) chunk.fault = "a record was expected after ','";
    record_must_follow_ = true;
    p = stop + 1;
  }
  if (array_closed_ && chunk.fault.empty() && !trim({p, static_cast<std::size_t>(end - p)}).empty()) {
    chunk.fault = "text after the end of the array";
    at_end_ = true;
    end_of_records = p;
  }
  if (last && !array_closed_) chunk.fault = "the array is not closed";
  return static_cast<std::size_t>((array_closed_ ? end_of_records : p) - begin);
}

Record JsonSource::take(const Chunk&, std::string_view& rest) const {
  const char *const begin = rest.data(), *const end = begin + rest.size();
  const std::size_t stop = is_array_ ? static_cast<std::size_t>(element_end(begin, end) - begin) : rest.find('\n');
  Record record{trim(rest.substr(0, stop))};
  const bool before_comma = is_array_ && stop < rest.size() && rest[stop] == ',';
  record.blank = record.text.empty() && !before_comma;
  // What follows the closing bracket is blank, or whole_records() has found fault with it.
  rest.remove_prefix(before_comma || !is_array_ ? std::min(stop, rest.size() - 1) + 1 : rest.size());
  return record;
}

// Of what parse_number() accepts, JSON does not: 01, 1., .5, inf.
bool is_json_number(const char* begin, const char* end) {
  const char* first = begin + (*begin == '-');
  if (first == end || !is_digit(*first) || !is_digit(end[-1])) return false;
  if (*first == '0' && first + 1 < end && is_digit(first[1])) return false;
  const char* point = std::find(first, end, '.');
  return point == end || is_digit(point[1]);
}

// The fast way for records like the first one, with a number for each key; says false to all others.
bool JsonSource::parse_plain(std::string_view record, double* row) const {
  const char *p = record.data(), *const end = p + record.size();
  const auto skip_blanks = [&] {
    while (p < end && kBlanks.find(*p) != std::string_view::npos) ++p;
  };
  const auto take = [&](char c) {
    skip_blanks();
    return p < end && *p++ == c;
  };
  if (!names_are_plain_ || !take(records_are_objects_ ? '{' : '[')) return false;
  for (std::size_t column = 0; column < slots_.size(); ++column) {
    if (column > 0 && !take(',')) return false;
    if (records_are_objects_) {
      const std::string& name = names_[column];
      if (!take('"') || !std::string_view(p, end).starts_with(name)) return false;
      p += name.size();
      if (p == end || *p++ != '"' || !take(':')) return false;
    }
    skip_blanks();
    double value = 0;
    const char* stop = parse_number(p, end, value);
    if (stop == nullptr || !is_json_number(p, stop) || !std::isfinite(value)) return false;
    for (const std::size_t slot : slots_[column]) row[slot] = value;
    p = stop;
  }
  return take(records_are_objects_ ? '}' : ']') && p == end;
}

bool JsonSource::parse(std::string_view record, double* row, std::string& why, std::string& new_name) const {
  if (parse_plain(record, row)) return true;
  RowFiller filler(*this, row, new_name);
  if (parse_json_record(record, filler)) return true;
  why = std::move(filler.why());
  return false;
}

}  // namespace

std::unique_ptr<RecordSource> open_json(std::unique_ptr<Input> input, const ReadOptions& options) {
  return std::make_unique<JsonSource>(std::move(input), options);
}

}  // namespace nf::io
