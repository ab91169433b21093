#include "nf/io/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "nf/io/number.h"

namespace nf::io {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are copied as they stand in the file");

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{16} << 20;
constexpr std::size_t kMaxTensors = 100'000;
constexpr std::string_view kMetadata = "__metadata__";

[[noreturn]] void refuse(std::string_view why) { throw Error(fmt::format("not a model file: {}", why)); }

struct TensorEntry {
  Tensor tensor;  // without values
  std::uint64_t begin = 0, end = 0;
  bool has_dtype = false, has_shape = false;
  int offsets = 0;  // of the two
};

// Builds entries from the header's events, so that too many, too deep or doubled members are refused while they come.
class HeaderHandler {
 public:
  SafeTensors file;
  std::vector<TensorEntry> entries;

  bool null() { unexpected("null"); }
  bool boolean(bool) { unexpected("a boolean"); }
  bool binary(const nlohmann::json::binary_t&) { unexpected("bytes"); }
  bool number_integer(std::int64_t number) { unexpected(fmt::format("{}", number)); }
  bool number_float(double, const std::string& number) { unexpected(number); }

  bool number_unsigned(std::uint64_t number) {
    TensorEntry* entry = depth_ == 3 ? &entries.back() : nullptr;
    if (entry != nullptr && member_ == "shape") {
      if (number > std::uint64_t{INT64_MAX}) unexpected(fmt::format("{}", number));
      entry->tensor.shape.push_back(static_cast<std::int64_t>(number));
    } else if (entry != nullptr && member_ == "data_offsets" && entry->offsets < 2) {
      (entry->offsets++ == 0 ? entry->begin : entry->end) = number;
    } else {
      unexpected(fmt::format("{}", number));
    }
    return true;
  }

  bool string(const std::string& text) {
    if (depth_ != 2) unexpected("a string");
    if (in_metadata_) {
      file.metadata.emplace_back(member_, text);
      return true;
    }
    if (member_ != "dtype") unexpected("a string");
    if (text != "F32" && text != "F64")
      refuse(fmt::format("{}: dtype {} where F32 or F64 was expected", place(), in_quotes(text)));
    entries.back().tensor.wide = text == "F64";
    return entries.back().has_dtype = true;
  }

  bool key(const std::string& name) {
    std::unordered_set<std::string>& names = depth_ == 1 ? top_names_ : member_names_;
    if (!names.insert(name).second) refuse(fmt::format("{}: {} stands twice", place(), in_quotes(name)));
    if (depth_ == 2) member_ = name;
    if (depth_ != 1) return true;
    in_metadata_ = name == kMetadata;
    if (in_metadata_) return true;
    if (entries.size() == kMaxTensors) refuse(fmt::format("more than {} tensors", kMaxTensors));
    entries.emplace_back().tensor.name = name;
    return true;
  }

  bool start_object(std::size_t) {
    if (depth_ > 1) unexpected("an object");
    ++depth_;
    member_names_.clear();
    member_.clear();
    return true;
  }

  bool start_array(std::size_t) {
    if (depth_ != 2 || in_metadata_ || (member_ != "shape" && member_ != "data_offsets")) unexpected("an array");
    if (member_ == "shape") entries.back().has_shape = true;
    ++depth_;
    return true;
  }

  bool end_array() { return --depth_, true; }

  bool end_object() {
    if (depth_ == 2 && !in_metadata_) {
      const TensorEntry& entry = entries.back();
      if (!entry.has_dtype || !entry.has_shape || entry.offsets != 2) {
        refuse(fmt::format("{}: dtype, shape and data_offsets were expected", place()));
      }
    }
    --depth_;
    member_.clear();
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    refuse(fmt::format("header is not JSON at byte {}", position));
  }

 private:
  std::string place() const {
    if (depth_ < 2) return "header";
    return in_metadata_ ? std::string(kMetadata) : fmt::format("tensor {}", in_quotes(entries.back().tensor.name));
  }
  [[noreturn]] void unexpected(std::string_view what) const {
    refuse(fmt::format("{}: unexpected {}{}{}", place(), what, member_.empty() ? "" : " in ",
                       member_.empty() ? "" : in_quotes(member_)));
  }

  int depth_ = 0;  // 1: names, 2: members of a tensor or of the metadata, 3: numbers
  bool in_metadata_ = false;
  std::string member_;
  std::unordered_set<std::string> top_names_, member_names_;
};

std::size_t value_bytes(const Tensor& tensor) { return tensor.wide ? sizeof(double) : sizeof(float); }

// The product of the sizes, which may be hostile.
bool count_values(const std::vector<std::int64_t>& shape, std::uint64_t& count) {
  count = 1;
  return std::all_of(shape.begin(), shape.end(), [&](std::int64_t size) {
    return size >= 0 && !__builtin_mul_overflow(count, static_cast<std::uint64_t>(size), &count);
  });
}

// Tensors follow each other without holes and fill the file.
void check_layout(const std::vector<TensorEntry>& entries, std::uint64_t data_bytes) {
  std::uint64_t expected = 0;
  for (const auto& [tensor, begin, end, has_dtype, has_shape, offsets] : entries) {
    std::uint64_t count = 0, bytes = 0;
    if (!count_values(tensor.shape, count) || __builtin_mul_overflow(count, value_bytes(tensor), &bytes)) {
      refuse(fmt::format("tensor {}: shape ({}) is too large", in_quotes(tensor.name), fmt::join(tensor.shape, ", ")));
    }
    if (begin != expected || end < begin || end > data_bytes) {
      refuse(fmt::format("tensor {}: bytes {} to {} where {} of {} come next", in_quotes(tensor.name), begin, end,
                         expected, data_bytes));
    }
    if (end - begin != bytes) {
      refuse(fmt::format("tensor {}: {} bytes where its shape needs {}", in_quotes(tensor.name), end - begin, bytes));
    }
    expected = end;
  }
  if (expected != data_bytes) refuse(fmt::format("tensors of {} bytes where {} bytes stand", expected, data_bytes));
}

template <typename T>
void load_values(std::span<const std::byte> bytes, std::vector<double>& values) {
  values.resize(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    values[i] = static_cast<double>(value);
  }
}

template <typename T>
void append_values(const Tensor& tensor, std::string& out) {
  for (const double value : tensor.values) {
    const T stored = static_cast<T>(value);
    if (!std::isfinite(stored))
      throw Error(fmt::format("tensor {} holds {}, which is not finite", in_quotes(tensor.name), value));
    char bytes[sizeof stored];
    std::memcpy(bytes, &stored, sizeof stored);
    out.append(bytes, sizeof bytes);
  }
}

std::string json_string(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(in_quotes(text) + " is not UTF-8");
  }
}

}  // namespace

SafeTensors SafeTensors::parse(std::span<const std::byte> file) {
  if (file.size() < kLengthBytes) refuse(fmt::format("file of {} bytes", file.size()));
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, file.data(), kLengthBytes);
  if (header_bytes > file.size() - kLengthBytes) {
    refuse(fmt::format("header of {} bytes in a file of {}", header_bytes, file.size()));
  }
  if (header_bytes > kMaxHeaderBytes) {
    refuse(fmt::format("header of {} bytes where at most {} are allowed", header_bytes, kMaxHeaderBytes));
  }
  const char* header = reinterpret_cast<const char*>(file.data() + kLengthBytes);
  if (header_bytes == 0 || *header != '{') refuse("header does not begin with '{'");
  HeaderHandler handler;
  nlohmann::json::sax_parse(header, header + header_bytes, &handler);

  const std::span<const std::byte> data = file.subspan(kLengthBytes + header_bytes);
  const auto by_place = [](const TensorEntry& a, const TensorEntry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  };
  std::stable_sort(handler.entries.begin(), handler.entries.end(), by_place);
  check_layout(handler.entries, data.size());
  for (TensorEntry& entry : handler.entries) {
    Tensor& tensor = handler.file.tensors.emplace_back(std::move(entry.tensor));
    const auto bytes = data.subspan(entry.begin, entry.end - entry.begin);
    tensor.wide ? load_values<double>(bytes, tensor.values) : load_values<float>(bytes, tensor.values);
    if (!std::all_of(tensor.values.begin(), tensor.values.end(), [](double value) { return std::isfinite(value); })) {
      refuse(fmt::format("tensor {} holds a value that is not finite", in_quotes(tensor.name)));
    }
  }
  return std::move(handler.file);
}

std::string SafeTensors::serialise() const {
  std::string header = "{", data;
  std::unordered_set<std::string> names;
  const auto add_key = [&](const std::string& name) {
    if (!names.insert(name).second) throw Error(fmt::format("{} stands twice", in_quotes(name)));
    if (header.back() != '{') header += ',';
    header += json_string(name) + ':';
  };
  if (!metadata.empty()) {
    header += json_string(std::string(kMetadata)) + ":{";
    for (const auto& [key, value] : metadata) {
      add_key(key);
      header += json_string(value);
    }
    header += '}';
    names = {std::string(kMetadata)};
  }
  for (const Tensor& tensor : tensors) {
    std::uint64_t count = 0;
    if (!count_values(tensor.shape, count) || count != tensor.values.size()) {
      throw Error(fmt::format("tensor {} holds {} values for shape ({})", in_quotes(tensor.name), tensor.values.size(),
                              fmt::join(tensor.shape, ", ")));
    }
    const std::size_t begin = data.size();
    tensor.wide ? append_values<double>(tensor, data) : append_values<float>(tensor, data);
    add_key(tensor.name);
    header += fmt::format(R"({{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", tensor.wide ? "F64" : "F32",
                          fmt::join(tensor.shape, ","), begin, data.size());
  }
  header += '}';
  header.resize((header.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');
  const std::uint64_t header_bytes = header.size();
  std::string file(kLengthBytes, '\0');
  std::memcpy(file.data(), &header_bytes, kLengthBytes);
  return file + header + data;
}

const Tensor* SafeTensors::find(const std::string& name) const {
  const auto place =
      std::find_if(tensors.begin(), tensors.end(), [&](const Tensor& tensor) { return tensor.name == name; });
  return place == tensors.end() ? nullptr : &*place;
}

const std::string* SafeTensors::meta(const std::string& key) const {
  const auto place =
      std::find_if(metadata.begin(), metadata.end(), [&](const auto& member) { return member.first == key; });
  return place == metadata.end() ? nullptr : &place->second;
}

}  // namespace nf::io
