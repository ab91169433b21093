// NPY as it is read and written.
#include <sys/stat.h>

#include <cmath>
#include <cstring>
#include <thread>

#include "io/io_test.h"

using namespace nf;
using namespace nf::io;
using nf::io::test::bytes_of;
using nf::io::test::read_text;
using nf::io::test::Scratch;
using nf::io::test::Table;
using Values = std::vector<double>;

namespace {

std::string header(const std::string& dict, char version = 1) {
  const std::size_t length = dict.size();
  std::string bytes =
      std::string("\x93NUMPY") + version + '\0' + static_cast<char>(length & 255) + static_cast<char>(length >> 8);
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + dict;
}

template <typename T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <typename T>
std::string npy(const std::string& dtype, const std::string& shape, const std::vector<T>& values,
                const std::string& fortran_order = "False") {
  return header("{'descr': '" + dtype + "', 'fortran_order': " + fortran_order + ", 'shape': (" + shape + "), }\n") +
         raw(values);
}

// What can only be read once, from front to end.
Table read_pipe(const std::string& bytes, ReadOptions options = {}) {
  const Scratch scratch;
  const std::string path = scratch.path("pipe");
  BOOST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(path, std::ios::binary) << bytes; });
  Table table = test::read_table(path, options);
  writer.join();
  return table;
}

std::string written(WriteOptions options, const Values& values, const std::string& path) {
  const int rows = static_cast<int>(values.size() / options.columns.size());
  Output out(path);
  options.format = Format::kNpy;
  const auto writer = TableWriter::open(out, options);
  writer->write(values.data(), rows / 2);
  writer->write(values.data() + static_cast<std::size_t>(rows / 2) * options.columns.size(), rows - rows / 2);
  writer->finish();
  out.commit();
  return std::filesystem::is_regular_file(path) ? bytes_of(path) : "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(integers_floats_and_booleans_are_read) {
  BOOST_TEST(read_text("x", npy<float>("<f4", "2, 2", {1, 2.5f, -3, 0.1f})).values == (Values{1, 2.5, -3, 0.1f}));
  BOOST_TEST(read_text("x", npy<double>("<f8", "1, 2", {0.1, 1e300})).values == (Values{0.1, 1e300}));
  BOOST_TEST(read_text("x", npy<std::uint8_t>("|u1", "2, 1", {7, 255})).values == (Values{7, 255}));
  BOOST_TEST(read_text("x", npy<std::int8_t>("|i1", "2", {7, -1})).values == (Values{7, -1}));
  BOOST_TEST(read_text("x", npy<std::uint8_t>("|b1", "3", {0, 1, 1})).values == (Values{0, 1, 1}));
  BOOST_TEST(read_text("x", npy<std::int16_t>("<i2", "2", {-300, 300})).values == (Values{-300, 300}));
  BOOST_TEST(read_text("x", npy<std::uint16_t>("<u2", "1", {65535})).values == (Values{65535}));
  BOOST_TEST(read_text("x", npy<std::int32_t>("<i4", "1", {-70000})).values == (Values{-70000}));
  BOOST_TEST(read_text("x", npy<std::uint32_t>("<u4", "1", {4294967295})).values == (Values{4294967295}));
  BOOST_TEST(read_text("x", npy<std::int64_t>("<i8", "2", {-1, std::int64_t{1} << 53})).values ==
             (Values{-1, 9007199254740992}));
  BOOST_TEST(read_text("x", npy<std::uint64_t>("<u8", "1", {~std::uint64_t{0}})).values ==
             (Values{18446744073709551616.}));
}

BOOST_AUTO_TEST_CASE(halves_are_read_to_the_last_bit) {
  // 1, -2, the largest, the smallest subnormal, the largest subnormal, minus zero.
  const std::vector<std::uint16_t> bits = {0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x8000};
  BOOST_TEST(read_text("x", npy("<f2", "6", bits)).values ==
             (Values{1, -2, 65504, std::ldexp(1, -24), std::ldexp(1023, -24), 0}));
  BOOST_TEST(read_text("x", npy<std::uint16_t>("<f2", "1", {0x7c00})).error == "x: row 1: column 1: inf is not finite");
}

BOOST_AUTO_TEST_CASE(either_byte_order_is_read) {
  BOOST_TEST(read_text("x", npy<std::uint8_t>(">i2", "2", {1, 2, 255, 254})).values == (Values{258, -2}));
  BOOST_TEST(read_text("x", npy<std::uint8_t>(">f8", "1", {0x3f, 0xf8, 0, 0, 0, 0, 0, 0})).values == (Values{1.5}));
  BOOST_TEST(read_text("x", npy<std::uint8_t>(">f2", "1", {0xc0, 0})).values == (Values{-2}));
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_refused) {
  for (const char* dtype : {"<c8", "<f16", "<U3", "|S3", "<M8[ns]", "|O", "|V4", "f4", "", "<f", "<f4 ", "<i-4"})
    BOOST_TEST(read_text("x", npy<int>(dtype, "1", {7})).error ==
               "x: dtype '" + std::string(dtype) +
                   "' where integers, booleans or floats of 2, 4 or 8 bytes were expected");
}

BOOST_AUTO_TEST_CASE(fields_of_a_structured_array_are_columns) {
  const auto structured = [](const std::string& descr, const std::string& data, const std::string& shape = "2,") {
    return header("{'descr': " + descr + ", 'fortran_order': False, 'shape': (" + shape + "), }\n") + data;
  };
  // A word of two characters, a float, padding, a big-endian integer with a title.
  const std::string descr = "[('w', '|S2'), ('a', '<f4'), ('', '|V1'), (('title', 'b'), '>i2')]";
  const std::string data =
      "no" + raw<float>({1.5f}) + '_' + std::string("\0\7", 2) + "ye" + raw<float>({-2}) + '_' + std::string("\1\0", 2);
  const Scratch scratch;
  const std::string path = scratch.path("x.npy");
  std::ofstream(path, std::ios::binary) << structured(descr, data);
  const auto reader = TableReader::open(path, {});
  BOOST_TEST(reader->names() == (std::vector<std::string>{"w", "a", "b"}));
  reader->select({2, 1});
  Block block;
  BOOST_TEST(reader->next(block));
  BOOST_TEST(block.values == (Values{7, 1.5, 256, -2}));
  BOOST_TEST(read_text("x", structured(descr, data)).error == "x: column 'w': dtype '|S2' holds no numbers");
  BOOST_TEST(read_text("x", structured("[]", "")).error.starts_with("x: NPY header does not give"));
  BOOST_TEST(read_text("x", structured("[('', '|V2')]", "1234")).error == "x: a structured array without fields");
  BOOST_TEST(read_text("x", structured("[('a', '|O')]", data)).error.starts_with("x: dtype '|O' where"));
  BOOST_TEST(read_text("x", structured("[('a', '<f4')]", data, "2, 2")).error ==
             "x: a structured array of more than one dimension");
}

BOOST_AUTO_TEST_CASE(the_first_dimension_is_rows_and_the_others_are_flattened) {
  const Table line = read_text("x", npy<float>("<f4", "3,", {1, 2, 3}));
  BOOST_TEST(line.columns == 1);
  BOOST_TEST(line.values == (Values{1, 2, 3}));
  const Table cube = read_text("x", npy<float>("<f4", "2, 2, 2", {1, 2, 3, 4, 5, 6, 7, 8}));
  BOOST_TEST(cube.columns == 4);
  BOOST_TEST(cube.names.empty());
  BOOST_TEST(cube.values == (Values{1, 2, 3, 4, 5, 6, 7, 8}));
  BOOST_TEST(read_text("x", npy<float>("<f4", "", {1})).error == "x: a single number where a table was expected");
  BOOST_TEST(read_text("x", npy<float>("<f4", "0, 3", {})).columns == 3);
  BOOST_TEST(read_text("x", npy<float>("<f4", "3, 0", {})).error == "x: shape (3, 0) has no columns");
}

BOOST_AUTO_TEST_CASE(fortran_order_is_read_from_files_and_pipes) {
  // x[i][j][k] = 100 i + 10 j + k, of shape 3 x 2 x 4.
  std::vector<float> stored;
  Values expected;
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 2; ++j) {
      for (int i = 0; i < 3; ++i) stored.push_back(static_cast<float>(100 * i + 10 * j + k));
    }
  }
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 2; ++j) {
      for (int k = 0; k < 4; ++k) expected.push_back(100 * i + 10 * j + k);
    }
  }
  const std::string bytes = npy("<f4", "3, 2, 4", stored, "True");
  for (const std::size_t chunk_bytes : {1, 70, 1 << 20}) {
    ReadOptions options;
    options.chunk_bytes = chunk_bytes;
    BOOST_TEST(read_text("x", bytes, options).values == expected);
    BOOST_TEST(read_pipe(bytes, options).values == expected);
  }
  BOOST_TEST(read_pipe(bytes.substr(0, bytes.size() - 1)).error == "pipe: 3 rows were expected and 2 found");
}

BOOST_AUTO_TEST_CASE(headers_may_be_of_three_versions_and_any_spelling) {
  const std::string data = raw<float>({1, 2});
  for (const char version : {'\1', '\2', '\3'}) {
    const std::string dict = "{\"shape\":(2,1),'fortran_order':False,  'descr' : \"<f4\"}   \n";
    BOOST_TEST(read_text("x", header(dict, version) + data).values == (Values{1, 2}));
  }
  BOOST_TEST(read_text("x", header("{}", 4)).error == "x: NPY version 4 where 1, 2 or 3 was expected");
}

BOOST_AUTO_TEST_CASE(bad_headers_are_refused) {
  const std::string start = "x: NPY header does not give descr, fortran_order and shape: ";
  for (const char* dict :
       {"", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (1}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': [('a', '<f4', (2,))], 'fortran_order': False, 'shape': (1,)}", "{'descr': [('a', '<f4')",
        "{'descr': ['<f4'], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}"}) {
    BOOST_TEST(read_text("x", header(dict)).error.starts_with(start), dict);
  }
  const std::string whole = npy<float>("<f4", "1", {1});
  for (std::size_t size = 6; size < whole.size() - 4; ++size) {
    BOOST_TEST(read_text("x", whole.substr(0, size)).error != "");
  }
}

BOOST_AUTO_TEST_CASE(truncated_data_names_rows_expected_and_found) {
  const std::string bytes = npy<float>("<f4", "3, 2", {1, 2, 3, 4, 5, 6});
  for (const std::size_t missing : {1, 8}) {
    const std::string cut = bytes.substr(0, bytes.size() - missing);
    BOOST_TEST(read_text("x.npy", cut).error == "x.npy: 3 rows were expected and 2 found");
    const Table table = read_pipe(cut);
    BOOST_TEST(table.error == "pipe: row 3: 3 rows were expected and 2 found");
    BOOST_TEST(table.values == (Values{1, 2, 3, 4}));
  }
  BOOST_TEST(read_text("x.npy", bytes + "x").error == "x.npy: data of 25 bytes where 24 were expected");
  BOOST_TEST(read_pipe(bytes + "x").error == "pipe: row 4: bytes after the last row");
}

BOOST_AUTO_TEST_CASE(hostile_shapes_are_refused) {
  for (const char* shape :
       {"18446744073709551615, 2", "4294967296, 4294967296, 4294967296", "1, 1000000000000", "0, 1000001"}) {
    BOOST_TEST(read_text("x", npy<float>("<f4", shape, {})).error ==
               "x: shape (" + std::string(shape) + ") is too large");
  }
  BOOST_TEST(read_text("x", npy<float>("<f4", "1000000000000, 2", {})).error ==
             "x: 1000000000000 rows were expected and 0 found");
  BOOST_TEST(read_pipe(npy<float>("<f4", "1000000000000, 2", {1, 2, 3, 4}, "True")).error ==
             "pipe: 1000000000000 rows were expected and 2 found");
}

BOOST_AUTO_TEST_CASE(rows_that_are_not_finite_are_bad) {
  const std::string bytes = npy<float>("<f4", "3, 2", {1, 2, std::numeric_limits<float>::infinity(), 4, 5, 6});
  BOOST_TEST(read_text("x.npy", bytes).error == "x.npy: row 2: column 1: inf is not finite");
  ReadOptions options;
  options.on_bad_row = BadRows::kSkip;
  BOOST_TEST(read_text("x.npy", bytes, options).values == (Values{1, 2, 5, 6}));
}

BOOST_AUTO_TEST_CASE(what_is_written_has_an_aligned_header) {
  const Scratch scratch;
  WriteOptions options;
  options.columns = {{"a", false}, {"b", false}};
  const std::string bytes = written(options, {1, 2, 3, 4, 5, 6}, scratch.path("x.npy"));
  std::string expected("\x93NUMPY\1\0\x76\0", 10);
  expected += "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }";
  expected.resize(127, ' ');
  BOOST_TEST(bytes == expected + '\n' + raw<float>({1, 2, 3, 4, 5, 6}));
  options.rows = 3;
  BOOST_TEST(written(options, {1, 2, 3, 4, 5, 6}, scratch.path("x.npy")) == bytes);
  options.rows = 4;
  BOOST_TEST(written(options, {1, 2, 3, 4, 5, 6}, scratch.path("x.npy")) == bytes);
}

BOOST_AUTO_TEST_CASE(one_wide_column_makes_all_doubles) {
  const Scratch scratch;
  WriteOptions options;
  options.columns = {{"a", false}, {"b", true}};
  const std::string path = scratch.path("x.npy");
  written(options, {0.1, 0.2}, path);
  BOOST_TEST(test::read_table(path).values == (Values{0.1, 0.2}));
}

BOOST_AUTO_TEST_CASE(a_pipe_gets_the_header_first_too) {
  const Scratch scratch;
  WriteOptions options;
  options.columns = {{"", false}};
  const std::string path = scratch.path("pipe");
  BOOST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  for (const int rows : {-1, 3}) {
    options.rows = rows;
    std::thread writer([&] { written(options, {1, 2, 3}, path); });
    BOOST_TEST(test::read_table(path).values == (Values{1, 2, 3}));
    writer.join();
  }
}
