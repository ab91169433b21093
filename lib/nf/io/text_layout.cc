#include "nf/io/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "nf/io/number.h"
#include "nf/io/words.h"

namespace nf::io {
namespace {

using Fields = std::vector<std::string>;

constexpr std::size_t kSampleBytes = 65536;
constexpr std::size_t kSampleRecords = 400;

// Records of the sample with something in them. The last one may be cut.
std::vector<Fields> split_sample(std::string_view text, char delimiter) {
  std::vector<Fields> records;
  Fields fields(1);
  enum { kBegin, kPlain, kQuoted, kClosed } state = kBegin;
  const auto end_record = [&] {
    if (delimiter == ' ' && fields.size() > 1 && fields.back().empty()) fields.pop_back();
    if (fields.size() > 1 || !trim(fields[0]).empty()) records.push_back(fields);
    fields.assign(1, "");
    state = kBegin;
  };
  for (const char c : text) {
    if (records.size() == kSampleRecords) return records;
    if (state == kQuoted) {
      if (c == '"') state = kClosed;
      else fields.back() += c;
    } else if (c == '\n') {
      end_record();
    } else if (c == '"' && state != kPlain) {
      if (state == kClosed) fields.back() += c;
      state = kQuoted;
    } else if (is_delimiter(c, delimiter)) {
      if (delimiter != ' ' || state != kBegin) fields.emplace_back();
      state = kBegin;
    } else {
      fields.back() += c;
      if (c != '\r') state = kPlain;
    }
  }
  end_record();
  return records;
}

bool is_number(std::string_view field, char decimal) {
  double ignored = 0;
  return parse_decimal(field, decimal, ignored);
}

bool all_have_fields(const std::vector<Fields>& records, std::size_t width) {
  return width > 1 && std::all_of(records.begin(), records.end(), [&](const Fields& f) { return f.size() == width; });
}

// Whether every comma, line 1 apart, is a number's decimal mark; and there is one.
bool commas_are_decimal(const std::vector<Fields>& records) {
  bool any = false;
  for (std::size_t r = 0; r < records.size(); ++r)
    for (const std::string& field : records[r]) {
      if (field.find(',') == std::string::npos) continue;
      if (is_number(field, ',')) any = true;
      else if (r > 0 || records.size() == 1) return false;
    }
  return any;
}

char find_delimiter(std::string_view sample, const std::vector<std::string>& known_names) {
  const std::vector<Fields> by_comma = split_sample(sample, ',');
  if (by_comma.empty()) return ',';
  const bool comma = all_have_fields(by_comma, by_comma[0].size());
  for (const char delimiter : {';', '\t', '|', ' '}) {
    const std::vector<Fields> records = split_sample(sample, delimiter);
    if (records.empty() || records[0].size() < 2) continue;
    const bool same = all_have_fields(records, records[0].size());
    if (same && commas_are_decimal(records)) return delimiter;
    if (comma) continue;
    const bool other = by_comma[0].size() > 1;
    if (delimiter != ' ') {
      if (same || !other) return delimiter;
      continue;
    }
    // Blanks also stand inside names and words.
    const auto numeric = [](const std::string& field) { return is_number(field, '.') || is_gap_word(field); };
    const bool numbers = std::all_of(records.back().begin(), records.back().end(), numeric);
    if (same && !other && (numbers || records[0] == known_names)) return delimiter;
  }
  return ',';
}

char find_decimal(const std::vector<Fields>& records, char delimiter) {
  if (delimiter == ',') return '.';
  std::size_t commas = 0, points = 0;
  for (const Fields& fields : records)
    for (const std::string& field : fields) {
      const bool comma = field.find(',') != std::string::npos;
      commas += comma && is_number(field, ',');
      points += !comma && field.find('.') != std::string::npos && is_number(field, '.');
    }
  return commas > points ? ',' : '.';
}

bool is_whole(double value) { return std::abs(value) < 1e15 && value == std::floor(value); }

// Names that are numbers: 0, 1, 2, ... above fractions, or whole numbers far away from all below them.
bool are_numbers_names(const std::vector<double>& first, const std::vector<std::vector<double>>& below) {
  if (first.size() < 2 || !std::all_of(first.begin(), first.end(), is_whole)) return false;
  std::size_t least = below[0].size();
  bool fractions = false;
  for (const auto& column : below) {
    least = std::min(least, column.size());
    fractions = fractions || !std::all_of(column.begin(), column.end(), is_whole);
  }
  if (least < 2) return false;
  bool counts = first[0] == 0 || first[0] == 1;
  for (std::size_t i = 1; i < first.size(); ++i) counts = counts && first[i] == first[i - 1] + 1;
  if (counts && fractions) return true;
  if (least < 10) return false;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto [low, high] = std::minmax_element(below[i].begin(), below[i].end());
    const double range = *high - *low, away = std::max(*low - first[i], first[i] - *high);
    if (range == 0 || away < 3 * range) return false;
  }
  return true;
}

struct HeaderGuess {
  bool names = false, doubt = false;
};

HeaderGuess guess_header(const std::vector<Fields>& records, const ReadOptions& options, char decimal) {
  const Fields& first = records[0];
  const auto names_match = [&](const Fields& fields) {
    return fields.size() == options.known_names.size() &&
           std::equal(fields.begin(), fields.end(), options.known_names.begin(),
                      [](const std::string& a, const std::string& b) { return trim(a) == b; });
  };
  if (names_match(first)) return {true, false};
  std::vector<double> numbers;             // of line 1, in columns of numbers
  std::vector<std::vector<double>> below;  // what stands under each of them
  std::size_t number_fields = 0, words = 0, words_over_numbers = 0;
  const bool look_below = options.known_names.empty();
  for (std::size_t i = 0; i < first.size(); ++i) {
    std::vector<double> column;
    std::size_t other = 0;
    for (std::size_t r = 1; look_below && r < records.size(); ++r) {
      if (i >= records[r].size() || is_gap_word(records[r][i])) continue;
      double value = 0;
      if (parse_decimal(records[r][i], decimal, value) && std::isfinite(value)) column.push_back(value);
      else ++other;
    }
    const bool over_numbers = column.size() >= other;
    double value = 0;
    if (is_gap_word(first[i])) continue;
    if (!parse_decimal(first[i], decimal, value)) {
      ++words;
      words_over_numbers += over_numbers;
    } else {
      ++number_fields;
      if (!over_numbers) continue;
      numbers.push_back(value);
      below.push_back(std::move(column));
    }
  }
  if (number_fields == 0) return {words > 0, false};
  if (look_below && records.size() > 1 && !numbers.empty() && are_numbers_names(numbers, below)) return {true, true};
  if (words == 0) return {false, false};
  const std::unordered_set<std::string_view> known(options.known_names.begin(), options.known_names.end());
  const auto is_known = [&](const std::string& field) {
    const std::string_view name = trim(field);
    return !name.empty() && known.contains(name);
  };
  if (std::any_of(first.begin(), first.end(), is_known)) return {true, false};
  if (words_over_numbers == 0) return {false, false};
  return {words_over_numbers >= number_fields, true};
}

std::string first_line(std::string_view text) { return in_quotes(trim(text.substr(0, text.find('\n')))); }

// Where the line at `begin` of what is peeked ends, its line feed included; looks further for that, up to kSampleBytes.
std::size_t line_end(Input& input, std::string_view& sample, std::size_t begin) {
  for (std::size_t seen = begin;;) {
    const std::size_t line_feed = sample.find('\n', seen);
    if (line_feed != std::string_view::npos) return line_feed + 1;
    seen = sample.size();
    if (seen - begin < kSampleBytes) sample = input.peek(seen + 1);
    if (sample.size() == seen) return seen;
  }
}

// Whether a field of the line, by any delimiter and decimal mark, is a number.
bool has_number(std::string_view line) {
  for (const char delimiter : {',', ';', '\t', '|', ' '})
    for (const Fields& fields : split_sample(line, delimiter))
      for (const std::string& field : fields)
        if (is_number(field, '.') || is_number(field, ',')) return true;
  return false;
}

// Whether the comment `line` names the columns of the record below it: "# x,y,z".
bool names_columns(std::string_view line, std::string_view rest, char delimiter, char decimal) {
  line.remove_prefix(1);
  const std::vector<Fields> names = split_sample(line, delimiter);
  const std::vector<Fields> below = split_sample(rest.substr(0, rest.find('\n')), delimiter);
  if (names.empty() || below.empty() || names[0].size() != below[0].size()) return false;
  const auto number = [&](const std::string& field) { return is_number(field, decimal); };
  return std::any_of(below[0].begin(), below[0].end(), number) &&
         std::none_of(names[0].begin(), names[0].end(), number);
}

}  // namespace

bool parse_decimal(std::string_view text, char decimal, double& value) {
  if (decimal == '.') return parse_number(text, value);
  std::string changed(text);
  const std::size_t comma = changed.find(decimal);
  if (comma == std::string::npos) return parse_number(text, value);
  if (changed.find('.') != std::string::npos) return false;
  changed[comma] = '.';
  return parse_number(changed, value);
}

TextLayout find_layout(Input& input, const ReadOptions& options) {
  TextLayout layout;
  const bool whole_sample = options.known_names.empty() || input.is_file();
  std::string_view sample = input.peek(whole_sample ? kSampleBytes : 1);
  std::size_t last_comment = 0;
  std::uint64_t lines = 0;
  for (std::size_t begin = 0, end = 0;; begin = end, ++lines) {
    end = line_end(input, sample, begin);
    if (begin < end && sample[begin] == '#') {
      last_comment = begin;
      layout.comment_bytes = end;
      layout.comment_lines = lines + 1;
    } else if (begin == end || !trim(sample.substr(begin, end - begin)).empty()) {
      if (!whole_sample && !has_number(sample.substr(begin, end - begin))) end = line_end(input, sample, end);
      if (!whole_sample) sample = sample.substr(0, end);
      break;
    }
  }
  const std::string_view comments = sample.substr(0, layout.comment_bytes);
  sample.remove_prefix(layout.comment_bytes);
  if (whole_sample && sample.size() + layout.comment_bytes >= kSampleBytes &&
      sample.find('\n') != std::string_view::npos) {
    sample = sample.substr(0, sample.rfind('\n'));
  }
  if (options.delimiter != 0) layout.delimiter = options.delimiter;
  else if (options.format == Format::kTsv) layout.delimiter = '\t';
  else layout.delimiter = find_delimiter(sample, options.known_names);
  const std::vector<Fields> records = split_sample(sample, layout.delimiter);
  layout.decimal = options.decimal != 0 ? options.decimal : find_decimal(records, layout.delimiter);
  if (layout.comment_lines > 0 && options.header != Header::kNo) {
    const std::string_view line = trim(comments.substr(last_comment));
    if (names_columns(line, sample, layout.delimiter, layout.decimal)) layout.comment_names = line;
  }
  const bool guess = options.header == Header::kAuto && layout.comment_names.empty() && !records.empty();
  const HeaderGuess header = guess ? guess_header(records, options, layout.decimal)
                                   : HeaderGuess{options.header == Header::kYes && layout.comment_names.empty(), false};
  layout.has_header = header.names;
  const std::uint64_t number = layout.comment_lines + 1;
  layout.note = fmt::format("{}: line {} holds {}", input.name(), layout.comment_names.empty() ? number : number - 1,
                            header.names || !layout.comment_names.empty() ? "the names" : "a row");
  if (header.doubt)
    layout.warning = fmt::format("{}: line {}, {}, was taken for {}; --header {} takes it for {}", input.name(), number,
                                 first_line(trim(sample)), header.names ? "names" : "a row",
                                 header.names ? "no" : "yes", header.names ? "a row" : "names");
  return layout;
}

}  // namespace nf::io
