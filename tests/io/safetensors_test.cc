// The model file's container, as it is written and as strangers may have written it.
#include "nf/io/safetensors.h"

#include <cstring>
#include <limits>
#include <random>

#include "io/io_test.h"

using namespace nf;
using namespace nf::io;

namespace {

SafeTensors parse(std::string_view bytes) { return SafeTensors::parse(std::as_bytes(std::span(bytes))); }

// A file with this header and so many bytes of zeros.
std::string file(const std::string& header, std::size_t data_bytes = 0) {
  const std::uint64_t size = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &size, 8);
  return bytes + header + std::string(data_bytes, '\0');
}

std::string error_of(std::string_view bytes) {
  try {
    parse(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

SafeTensors example() {
  SafeTensors model;
  model.metadata = {{"format", "nf-tools"}, {"a \"quoted\"\nkey", "ü"}};
  model.tensors = {{"w", {2, 3}, false, {1, -2.5, 3, 0.1f, -0.0, 1e-45f}},
                   {"none", {0, 7}, false, {}},
                   {"scalar", {}, true, {0.1}},
                   {"b", {2}, true, {std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min()}}};
  return model;
}

bool same(const SafeTensors& a, const SafeTensors& b) {
  const auto same_tensor = [](const Tensor& s, const Tensor& t) {
    return s.name == t.name && s.shape == t.shape && s.wide == t.wide && s.values.size() == t.values.size() &&
           (s.values.empty() || std::memcmp(s.values.data(), t.values.data(), 8 * s.values.size()) == 0);
  };
  return a.metadata == b.metadata &&
         std::equal(a.tensors.begin(), a.tensors.end(), b.tensors.begin(), b.tensors.end(), same_tensor);
}

const std::string kOne = R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
  const SafeTensors model = example();
  const std::string bytes = model.serialise();
  BOOST_TEST(same(parse(bytes), model));
  BOOST_TEST(parse(bytes).serialise() == bytes);
}

BOOST_AUTO_TEST_CASE(the_bytes_are_as_documented) {
  SafeTensors model;
  model.metadata = {{"k", "v"}};
  model.tensors = {{"w", {1, 2}, false, {1, -2}}};
  std::string header = R"({"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  BOOST_TEST(model.serialise() == file(header) + std::string("\0\0\x80\x3f\0\0\0\xc0", 8));
  BOOST_TEST(SafeTensors().serialise() == file("{}      "));
}

BOOST_AUTO_TEST_CASE(tensors_and_metadata_are_found_by_name) {
  const SafeTensors model = example();
  BOOST_TEST(model.find("b") == &model.tensors[3]);
  BOOST_TEST(model.find("c") == nullptr);
  BOOST_TEST(*model.meta("format") == "nf-tools");
  BOOST_TEST(model.meta("c") == nullptr);
}

BOOST_AUTO_TEST_CASE(tensors_come_by_offset) {
  const std::string header = R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                             R"("a":{"shape":[1],"data_offsets":[0,4],"dtype":"F32"}})";
  const SafeTensors model = parse(file(header, 8));
  BOOST_TEST(model.tensors[0].name == "a");
  BOOST_TEST(model.tensors[1].name == "b");
}

BOOST_AUTO_TEST_CASE(every_prefix_and_every_longer_file_is_refused) {
  const std::string bytes = example().serialise();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    BOOST_TEST(error_of(bytes.substr(0, size)).starts_with("not a model file: "));
  }
  BOOST_TEST(error_of(bytes + 'x') == "not a model file: tensors of 48 bytes where 49 bytes stand");
}

BOOST_AUTO_TEST_CASE(flipped_bits_are_refused_or_read_but_never_crash) {
  std::mt19937_64 random(1);
  const std::string bytes = example().serialise();
  for (int i = 0; i < 20'000; ++i) {
    std::string flipped = bytes;
    for (std::uint64_t flips = 1 + random() % 4; flips > 0; --flips) {
      char& c = flipped[random() % flipped.size()];
      c = static_cast<char>(c ^ (1 << random() % 8));
    }
    try {
      const SafeTensors model = parse(flipped);
      BOOST_TEST(same(parse(model.serialise()), model));
    } catch (const Error&) {
    }
  }
}

BOOST_AUTO_TEST_CASE(hostile_lengths_are_refused) {
  std::string bytes = file("{}");
  bytes.resize(4096);
  bytes[0] = 0;
  bytes[7] = 0x10;
  BOOST_TEST(error_of(bytes) == "not a model file: header of 1152921504606846976 bytes in a file of 4096");
  BOOST_TEST(error_of("{}") == "not a model file: file of 2 bytes");
  const std::string long_header = file(std::string((16 << 20) + 1, ' '));
  BOOST_TEST(error_of(long_header) == "not a model file: header of 16777217 bytes where at most 16777216 are allowed");
}

BOOST_AUTO_TEST_CASE(headers_must_be_json_of_the_right_kind) {
  BOOST_TEST(error_of(file("")) == "not a model file: header does not begin with '{'");
  BOOST_TEST(error_of(file(" {}")) == "not a model file: header does not begin with '{'");
  BOOST_TEST(error_of(file("{")) == "not a model file: header is not JSON at byte 2");
  BOOST_TEST(error_of(file("{}x")) == "not a model file: header is not JSON at byte 3");
  BOOST_TEST(error_of(file(R"({"w":5})")) == "not a model file: header: unexpected 5");
  BOOST_TEST(error_of(file(R"({"w":[]})")) == "not a model file: header: unexpected an array");
  BOOST_TEST(error_of(file(R"({"w":{}})")) ==
             "not a model file: tensor 'w': dtype, shape and data_offsets were expected");
  BOOST_TEST(error_of(file(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4)) ==
             "not a model file: tensor 'w': dtype, shape and data_offsets were expected");
  BOOST_TEST(error_of(file(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}})", 4)) ==
             "not a model file: tensor 'w': unexpected 4 in 'data_offsets'");
  BOOST_TEST(error_of(file(R"({"w":{"shape":[[1]]}})")) ==
             "not a model file: tensor 'w': unexpected an array in 'shape'");
  BOOST_TEST(error_of(file(R"({"w":{"shape":{}}})")) ==
             "not a model file: tensor 'w': unexpected an object in 'shape'");
  BOOST_TEST(error_of(file(R"({"w":{"other":1}})")) == "not a model file: tensor 'w': unexpected 1 in 'other'");
  BOOST_TEST(error_of(file(R"({"__metadata__":{"k":1}})")) == "not a model file: __metadata__: unexpected 1 in 'k'");
  BOOST_TEST(error_of(file(R"({"__metadata__":{"shape":[1]}})")) ==
             "not a model file: __metadata__: unexpected an array in 'shape'");
  BOOST_TEST(error_of(file("{\"\xff\":5}")) == "not a model file: header is not JSON at byte 3");
  BOOST_TEST(error_of(file(std::string(100'000, '{'))).starts_with("not a model file: header is not JSON"));
  BOOST_TEST(
      error_of(file(R"({"w":)" + std::string(100'000, '['))).starts_with("not a model file: header: unexpected"));
}

BOOST_AUTO_TEST_CASE(doubled_names_are_refused) {
  BOOST_TEST(error_of(file(R"({"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"w":{}})")) ==
             "not a model file: header: 'w' stands twice");
  BOOST_TEST(error_of(file(R"({"w":{"dtype":"F32","dtype":"F32"}})")) ==
             "not a model file: tensor 'w': 'dtype' stands twice");
  BOOST_TEST(error_of(file(R"({"__metadata__":{"k":"a","k":"b"}})")) ==
             "not a model file: __metadata__: 'k' stands twice");
  BOOST_TEST(error_of(file(R"({"__metadata__":{},"__metadata__":{}})")) ==
             "not a model file: header: '__metadata__' stands twice");
}

BOOST_AUTO_TEST_CASE(too_many_tensors_are_refused) {
  std::string header = "{";
  for (int i = 0; i <= 100'000; ++i) {
    header += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  }
  BOOST_TEST(error_of(file(header + "}")) == "not a model file: more than 100000 tensors");
}

BOOST_AUTO_TEST_CASE(sizes_must_agree_with_offsets_and_fill_the_file) {
  const auto error = [](const std::string& shape, const std::string& offsets, std::size_t bytes) {
    return error_of(file(R"({"w":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}", bytes));
  };
  BOOST_TEST(error("[1]", "[0,4]", 4) == "");
  BOOST_TEST(error("[2]", "[0,4]", 4) == "not a model file: tensor 'w': 4 bytes where its shape needs 8");
  BOOST_TEST(error("[1]", "[4,8]", 8) == "not a model file: tensor 'w': bytes 4 to 8 where 0 of 8 come next");
  BOOST_TEST(error("[1]", "[0,8]", 4) == "not a model file: tensor 'w': bytes 0 to 8 where 0 of 4 come next");
  BOOST_TEST(error("[1]", "[4,0]", 4) == "not a model file: tensor 'w': bytes 4 to 0 where 0 of 4 come next");
  BOOST_TEST(error("[1]", "[0,4]", 5) == "not a model file: tensors of 4 bytes where 5 bytes stand");
  BOOST_TEST(error("[-1]", "[0,4]", 4) == "not a model file: tensor 'w': unexpected -1 in 'shape'");
  BOOST_TEST(error("[1.5]", "[0,4]", 4) == "not a model file: tensor 'w': unexpected 1.5 in 'shape'");
  BOOST_TEST(error("[9223372036854775808]", "[0,4]", 4) ==
             "not a model file: tensor 'w': unexpected 9223372036854775808 in 'shape'");
  BOOST_TEST(error("[4294967296,4294967296]", "[0,0]", 0) ==
             "not a model file: tensor 'w': shape (4294967296, 4294967296) is too large");
  BOOST_TEST(error("[4611686018427387905]", "[0,4]", 4) ==
             "not a model file: tensor 'w': shape (4611686018427387905) is too large");
}

BOOST_AUTO_TEST_CASE(holes_and_overlaps_are_refused) {
  const auto error = [](const std::string& first, const std::string& second, std::size_t bytes) {
    return error_of(file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)" + first +
                             R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + second + "}}",
                         bytes));
  };
  BOOST_TEST(error("[0,4]", "[4,8]", 8) == "");
  BOOST_TEST(error("[0,4]", "[8,12]", 12) == "not a model file: tensor 'b': bytes 8 to 12 where 4 of 12 come next");
  BOOST_TEST(error("[0,4]", "[0,4]", 4) == "not a model file: tensor 'b': bytes 0 to 4 where 4 of 4 come next");
  BOOST_TEST(error("[0,4]", "[2,6]", 6) == "not a model file: tensor 'b': bytes 2 to 6 where 4 of 6 come next");
}

BOOST_AUTO_TEST_CASE(other_dtypes_are_refused) {
  for (const std::string dtype : {"F16", "BF16", "I64", "f32", ""}) {
    BOOST_TEST(error_of(file(R"({"w":{"dtype":")" + dtype + R"(","shape":[],"data_offsets":[0,4]}})", 4)) ==
               "not a model file: tensor 'w': dtype '" + dtype + "' where F32 or F64 was expected");
  }
}

BOOST_AUTO_TEST_CASE(values_must_be_finite) {
  std::string bytes = file(kOne, 4);
  bytes.replace(bytes.size() - 4, 4, "\0\0\xc0\x7f", 4);
  BOOST_TEST(error_of(bytes) == "not a model file: tensor 'w' holds a value that is not finite");
}

BOOST_AUTO_TEST_CASE(only_files_that_can_be_read_are_written) {
  const auto error = [](const Tensor& tensor) -> std::string {
    SafeTensors model;
    model.tensors = {tensor, {"other", {0}, false, {}}};
    try {
      model.serialise();
    } catch (const Error& refusal) {
      return refusal.what();
    }
    return "";
  };
  BOOST_TEST(error({"w", {1}, true, {std::numeric_limits<double>::quiet_NaN()}}) ==
             "tensor 'w' holds nan, which is not finite");
  BOOST_TEST(error({"w", {1}, false, {1e300}}) == "tensor 'w' holds 1e+300, which is not finite");
  BOOST_TEST(error({"w", {2}, true, {1}}) == "tensor 'w' holds 1 values for shape (2)");
  BOOST_TEST(error({"other", {0}, true, {}}) == "'other' stands twice");
  BOOST_TEST(error({"\xff", {0}, true, {}}) == "'\xff' is not UTF-8");
}
