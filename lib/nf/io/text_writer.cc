// The writer of CSV, TSV, JSON and NDJSON: they differ only in what stands around the values.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <future>
#include <nlohmann/json.hpp>

#include "nf/io/date.h"
#include "nf/io/number.h"
#include "nf/io/table_writers.h"

namespace nf::io {
namespace {

constexpr std::size_t kValuesPerThread = 8192;  // fewer are not worth a thread

class TextWriter final : public TableWriter {
 public:
  TextWriter(Output& out, const WriteOptions& options);
  void write(const double* values, int rows) override { write_records(nullptr, values, rows); }
  void write_appended(const std::vector<std::string_view>& text, const double* values, int rows) override;
  void finish() override;

 private:
  // What a record still needs after its beginning.
  struct Ending {
    bool separate;  // a delimiter before the first value
    bool labels;    // its name before each value
    char close;
  };

  void write_header();
  void write_records(const std::string_view* text, const double* values, int rows);
  void add_record(std::string& to, const std::string_view* text, const double* values) const;
  Ending begin_record(std::string& to, const std::string_view* text) const;
  char* print_value(char* to, double value, std::size_t column) const;  // returns its end
  // What is written for a word or a gap; null for all others.
  const std::string* word_or_gap(double value, std::size_t column) const;

  Output& out_;
  const WriteOptions options_;
  const char delimiter_;
  const bool is_json_;   // or NDJSON
  const bool is_array_;  // the records stand in one array
  bool has_names_;
  bool any_record_ = false;
  std::vector<std::string> labels_;              // "name": for JSON
  std::vector<std::vector<std::string>> words_;  // each column's as they are written,
  std::vector<std::string> gaps_;                //   and its gaps
  bool all_plain_ = true;                        // columns are numbers
  std::size_t values_room_ = 0;                  // what a record's values take at most, but for words and gaps
  std::vector<std::string> parts_;               // what each thread has formatted; kept for their memory
};

std::string csv_field(const std::string& name, char delimiter) {
  const std::string special{delimiter, '"', '\r', '\n'};
  if (name.find_first_of(special) == std::string::npos && trim(name).size() == name.size()) return name;
  std::string field = "\"";
  for (const char c : name) field.append(c == '"' ? 2 : 1, c);
  return field + '"';
}

TextWriter::TextWriter(Output& out, const WriteOptions& options)
    : out_(out),
      options_(options),
      delimiter_(options.delimiter != 0           ? options.delimiter
                 : options.format == Format::kTsv ? '\t'
                                                  : ','),
      is_json_(options.format == Format::kJson || options.format == Format::kNdjson),
      is_array_(options.format == Format::kJson) {
  has_names_ = std::any_of(options.columns.begin(), options.columns.end(),
                           [](const OutputColumn& column) { return !column.name.empty(); });
  values_room_ = options.columns.size() * (kNumberWidth + 1);
  if (is_array_) out_.write("[");
  if (!is_json_) write_header();
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;  // of what is not UTF-8
  for (const OutputColumn& column : options.columns) {
    labels_.push_back(nlohmann::json(column.name).dump(-1, ' ', false, kReplace) + ':');
    values_room_ += labels_.back().size();
    words_.emplace_back();
    all_plain_ = all_plain_ && column.form.plain();
    for (const std::string& word : column.form.words)
      words_.back().push_back(is_json_ ? nlohmann::json(word).dump(-1, ' ', false, kReplace)
                                       : csv_field(word, delimiter_));
    // An empty line would be no record.
    gaps_.push_back(is_json_                                                 ? "null"
                    : options.columns.size() == 1 && column.form.gap.empty() ? "\"\""
                                                                             : csv_field(column.form.gap, delimiter_));
    values_room_ += kDateWidth + 2;
  }
}

void TextWriter::write_header() {
  const bool appending = options_.text_format != Format::kAuto;
  if (!options_.header || !has_names_ || (appending && options_.text_header.empty())) return;
  std::string line = options_.text_header;
  bool any = !line.empty();
  for (const OutputColumn& column : options_.columns) {
    if (any) line += delimiter_;
    line += csv_field(column.name, delimiter_);
    any = true;
  }
  out_.write(line += '\n');
}

void TextWriter::write_appended(const std::vector<std::string_view>& text, const double* values, int rows) {
  assert(options_.text_format == options_.format && text.size() == static_cast<std::size_t>(rows));
  write_records(text.data(), values, rows);
}

void TextWriter::write_records(const std::string_view* text, const double* values, int rows) {
  const std::size_t width = options_.columns.size(), count = static_cast<std::size_t>(rows);
  const std::size_t threads = std::max(options_.threads, 1);
  const std::size_t parts = std::clamp<std::size_t>(count * width / kValuesPerThread, 1, threads);
  parts_.resize(std::max(parts_.size(), parts));
  const auto format = [&](std::size_t i) {
    parts_[i].clear();
    for (std::size_t row = count * i / parts; row < count * (i + 1) / parts; ++row) {
      add_record(parts_[i], text == nullptr ? nullptr : text + row, values + row * width);
    }
  };
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < parts; ++i) others.push_back(std::async(std::launch::async, format, i));
  format(0);
  // In an array every record begins with the comma after the one before it.
  if (is_array_ && !any_record_ && count > 0) parts_[0].erase(0, 1);
  any_record_ = any_record_ || count > 0;
  for (std::future<void>& other : others) other.get();
  for (std::size_t i = 0; i < parts; ++i) out_.write(parts_[i]);
}

void TextWriter::add_record(std::string& to, const std::string_view* text, const double* values) const {
  if (is_array_) to += ",\n";
  const auto [separate, labels, close] = begin_record(to, text);
  // Values are written where they will stand; appending each costs a fifth of the time.
  std::size_t room = values_room_;
  for (std::size_t i = 0; !all_plain_ && i < options_.columns.size(); ++i)
    if (const std::string* text_there = word_or_gap(values[i], i)) room += text_there->size();
  const std::size_t size = to.size();
  to.resize(size + room);
  char* p = to.data() + size;
  for (std::size_t i = 0; i < options_.columns.size(); ++i) {
    if (separate || i > 0) *p++ = delimiter_;
    if (labels) p = std::copy(labels_[i].begin(), labels_[i].end(), p);
    p = print_value(p, values[i], i);
  }
  to.resize(p - to.data());
  if (is_json_) to += close;
  if (!is_array_) to += '\n';
}

// A record's own text keeps its bytes, up to the closing bracket. A bad row's may be no record; then a new one begins.
TextWriter::Ending TextWriter::begin_record(std::string& to, const std::string_view* text) const {
  if (!is_json_) {
    if (text != nullptr) to += *text;
    return {text != nullptr, false, '\n'};
  }
  if (text != nullptr && text->size() >= 2) {
    const char open = text->front(), close = text->back();
    if ((open == '{' && close == '}') || (open == '[' && close == ']')) {
      const std::size_t last = text->find_last_not_of(" \t\r\n", text->size() - 2);
      to.append(*text, 0, last + 1);
      return {last > 0, open == '{', close};
    }
  }
  to += has_names_ ? '{' : '[';
  return {false, has_names_, has_names_ ? '}' : ']'};
}

const std::string* TextWriter::word_or_gap(double value, std::size_t column) const {
  if (!std::isnan(value) || options_.columns[column].form.plain()) return nullptr;
  const std::vector<std::string>& words = words_[column];
  if (is_word(value)) return word_of(value) < words.size() ? &words[word_of(value)] : nullptr;
  return options_.columns[column].form.gaps ? &gaps_[column] : nullptr;
}

char* TextWriter::print_value(char* to, double value, std::size_t column) const {
  const auto& [name, wide, form] = options_.columns[column];
  if (const std::string* text = word_or_gap(value, column)) return std::copy(text->begin(), text->end(), to);
  if (form.dates && !std::isnan(value)) {
    char* const end = print_date(to + is_json_, value, form.date);
    if (!is_json_) return end;
    *to = *end = '"';
    return end + 1;
  }
  const double stored = wide ? value : static_cast<double>(static_cast<float>(value));
  if (std::isfinite(stored)) {
    char* const end = print_number(to, value, wide);
    if (options_.decimal != '.' && !is_json_) std::replace(to, end, '.', options_.decimal);
    return end;
  }
  const std::string_view word = is_json_ ? "null" : std::isnan(stored) ? "nan" : stored < 0 ? "-inf" : "inf";
  return std::copy(word.begin(), word.end(), to);
}

void TextWriter::finish() {
  if (is_array_) out_.write("\n]\n");
}

}  // namespace

std::unique_ptr<TableWriter> open_text_writer(Output& out, const WriteOptions& options) {
  return std::make_unique<TextWriter>(out, options);
}

}  // namespace nf::io
