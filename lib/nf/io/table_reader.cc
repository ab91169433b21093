// The reader of all formats: which format it is, and rows, bad rows and errors in the order of the input, however many
// threads parse.
#include <fmt/format.h>

#include <algorithm>

#include "nf/io/chunk_pipeline.h"
#include "nf/io/decode.h"
#include "nf/io/npy_header.h"
#include "nf/io/number.h"
#include "nf/io/record_source.h"
#include "nf/io/table.h"

namespace nf::io {
namespace {

constexpr std::size_t kTileRows = 64;           // blocks are whole tiles, where that is possible
constexpr std::size_t kFirstLineBytes = 65536;  // looked at to tell formats apart

class Reader final : public TableReader {
 public:
  Reader(std::unique_ptr<RecordSource> source, const ReadOptions& options)
      : source_(std::move(source)),
        on_bad_row_(options.on_bad_row),
        keep_text_(options.keep_text),
        threads_(options.threads) {
    path_ = source_->path();
    format_ = options.format;
    names_ = source_->names();
    header_text_ = source_->header_text();
    columns_ = source_->columns();
    delimiter_ = source_->delimiter();
    decimal_ = source_->decimal();
    notes_ = source_->notes();
    warnings_ = source_->warnings();
  }

  ~Reader() override { source_->cancel(); }

  bool next(Block& block) override;

 private:
  void start();
  bool advance();  // chunk_ becomes the next one
  void parse(Chunk& chunk) const;

  const std::unique_ptr<RecordSource> source_;
  const BadRows on_bad_row_;
  const bool keep_text_;
  const int threads_;

  bool started_ = false;
  Chunk* chunk_ = nullptr;      // being handed out
  std::size_t rows_given_ = 0;  // of chunk_
  bool new_key_seen_ = false;
  std::uint64_t lines_before_ = 0, records_before_ = 0;  // chunk_
  Chunk serial_;                                         // where there is no pipeline
  std::unique_ptr<ChunkPipeline<Chunk>> pipeline_;       // last: its threads use the above
};

void Reader::start() {
  started_ = true;
  source_->select(selected_, cells_);
  if (threads_ <= 1 || source_->at_end()) return;  // what has been read already is not worth starting threads for
  pipeline_ = std::make_unique<ChunkPipeline<Chunk>>(
      threads_, [this](Chunk& chunk) { return source_->next_chunk(chunk); }, [this](Chunk& chunk) { parse(chunk); });
}

void Reader::parse(Chunk& chunk) const {
  const std::size_t width = selected_.size();
  std::string why;
  for (std::string_view rest = chunk.records; !rest.empty();) {
    const Record record = source_->take(chunk, rest);
    if (!record.blank) {
      const std::size_t old_size = chunk.values.size();
      chunk.values.resize(old_size + width);
      double* row = chunk.values.data() + old_size;
      const bool any_new = !chunk.new_key.empty();
      const bool good = source_->parse(record.text, row, why, chunk.new_key);
      if (!good && on_bad_row_ == BadRows::kStop) {
        chunk.values.resize(old_size);
        chunk.failure = {chunk.lines_seen, chunk.records_seen, why};
        return;
      }
      chunk.bad_rows += !good;
      if (!any_new && !chunk.new_key.empty()) {
        chunk.new_key_line = chunk.lines_seen;
        chunk.new_key_record = chunk.records_seen;
      }
      if (!good && on_bad_row_ == BadRows::kSkip) {
        chunk.values.resize(old_size);
      } else {
        if (!good) std::fill_n(row, width, word_cell(kNoCell));
        if (keep_text_ && format_ != Format::kNpy) chunk.text.push_back(record.text);
        chunk.record.push_back(chunk.records_seen);
      }
      ++chunk.records_seen;
    }
    chunk.lines_seen += record.lines;
  }
  if (!chunk.fault.empty()) chunk.failure = {chunk.lines_seen, chunk.records_seen, chunk.fault};
}

bool Reader::advance() {
  if (!started_) start();
  if (chunk_ != nullptr) {
    lines_before_ += chunk_->lines_seen;
    records_before_ += chunk_->records_seen;
  }
  rows_given_ = 0;
  if (pipeline_) {
    chunk_ = pipeline_->next();
  } else {
    chunk_ = source_->next_chunk(serial_) ? &serial_ : nullptr;
    if (chunk_ != nullptr) parse(*chunk_);
  }
  if (chunk_ == nullptr) return false;
  if (!chunk_->new_key.empty() && !new_key_seen_) {
    new_key_seen_ = true;
    warnings_.push_back(
        fmt::format("{}: key {} is not in the first record and left out",
                    source_->place(lines_before_ + chunk_->new_key_line, records_before_ + chunk_->new_key_record),
                    in_quotes(chunk_->new_key)));
  }
  rows_read_ += chunk_->records_seen;
  bad_rows_ += chunk_->bad_rows;
  return true;
}

bool Reader::next(Block& block) {
  while (chunk_ == nullptr || rows_given_ == chunk_->record.size()) {
    if (chunk_ != nullptr && chunk_->failure) {
      const auto& [line, record, why] = *chunk_->failure;
      source_->fail({lines_before_ + line, records_before_ + record, why});
    }
    if (!advance()) return false;
  }
  // A chunk of many rows becomes blocks of about the same size.
  const std::size_t total = chunk_->record.size(), width = selected_.size();
  const std::size_t blocks = (total + kBlockRows - 1) / kBlockRows;
  const std::size_t block_rows = ((total + blocks - 1) / blocks + kTileRows - 1) / kTileRows * kTileRows;
  const std::size_t begin = rows_given_, end = std::min(begin + block_rows, total);
  const auto part = [](const auto& all, std::size_t from, std::size_t to, auto& out) {
    if (all.empty()) from = to = 0;
    out.assign(all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to));
  };
  part(chunk_->values, begin * width, end * width, block.values);
  part(chunk_->text, begin, end, block.text);
  part(chunk_->record, begin, end, block.record);
  for (std::uint64_t& number : block.record) number += records_before_;
  block.rows = static_cast<int>(end - begin);
  rows_given_ = end;
  return true;
}

// The bytes to come, with a whole first line if that is not too long.
std::string_view peek_line(Input& input) {
  std::string_view head = input.peek(1);
  while (head.find('\n') == std::string_view::npos && head.size() < kFirstLineBytes) {
    const std::size_t old_size = head.size();
    head = input.peek(old_size + 1);
    if (head.size() == old_size) break;
  }
  return head;
}

// A table in JSON is an array of records or arrays; an array of anything else at the front is a line of NDJSON.
Format sniff_json(std::string_view head) {
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (head[first] != '[' && head[first] != '{')) return Format::kAuto;
  const std::size_t second = head.find_first_not_of(" \t\r\n", first + 1);
  const char inner = second == std::string_view::npos ? '\0' : head[second];
  if (head[first] == '{') return inner == '"' || inner == '}' ? Format::kNdjson : Format::kAuto;
  if (inner == '[' || inner == '{' || inner == ']' || inner == '\0') return Format::kJson;
  return std::string_view("-0123456789\"ntf").find(inner) == std::string_view::npos ? Format::kAuto : Format::kNdjson;
}

Format detect_format(std::string_view head, const std::string& path) {
  if (head.starts_with("\x93NUMPY")) return Format::kNpy;
  if (const Format json = sniff_json(head); json != Format::kAuto) return json;
  std::string_view name = path;
  for (const std::string_view packed : {".gz", ".zst"})
    if (name.ends_with(packed)) name.remove_suffix(packed.size());
  if (const Format named = format_of_path(name); named != Format::kAuto) return named;
  const std::string_view line = head.substr(0, head.find('\n'));
  const bool has_tab = line.find('\t') != std::string_view::npos, has_comma = line.find(',') != std::string_view::npos;
  return has_tab && !has_comma ? Format::kTsv : Format::kCsv;
}

}  // namespace

std::unique_ptr<TableReader> TableReader::open(const std::string& path, const ReadOptions& options) {
  auto input = std::make_unique<Input>(path);
  if (options.format == Format::kAuto || !input->peek(1).starts_with(kNpyMagic[0])) decode(*input);
  ReadOptions known = options;
  if (known.format == Format::kAuto) {
    const std::string_view head = peek_line(*input);
    known.format = detect_format(head, path);
    // One record of NDJSON, or so it seems.
    if (known.format == Format::kNdjson && head.starts_with('[') && format_of_path(path) == Format::kJson)
      throw Error(
          fmt::format("{}: an array of numbers where an array of records was expected: [{{\"a\": 1, \"b\": 2}}, "
                      "...]",
                      input->name()));
  }
  std::unique_ptr<RecordSource> source;
  switch (known.format) {
    case Format::kNpy:
      source = open_npy(std::move(input), known);
      break;
    case Format::kJson:
    case Format::kNdjson:
      source = open_json(std::move(input), known);
      break;
    default:
      source = open_csv(std::move(input), known);
      break;
  }
  return std::make_unique<Reader>(std::move(source), known);
}

}  // namespace nf::io
