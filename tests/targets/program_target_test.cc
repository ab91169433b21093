// Programs as targets: both frames agree with the closed form, and every way to fail is one clear error.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "nf/core/random.h"
#include "nf/targets/target.h"

namespace nf {
namespace {

// log p = -(x^2 + y^2) / 2.
const char* const kNormal =
    "while IFS='[,]' read -r _ x y _; do echo \"$x $y\" | "
    "awk '{ printf \"[%.17g,%.17g,%.17g]\\n\", -($1 * $1 + $2 * $2) / 2, -$1, -$2 }'; done";

struct Asked {
  LogDet lp = LogDet::Zero();
  Vector memory = Vector::Zero(kTile * 2);
};

Asked ask(const Target& target, int rows) {
  Vector memory = Vector::Zero(kTile * 2);
  Random{1}.normals(Stream::kTest, 0, 2, memory.data());
  Stack scratch;
  Pass pass{.rows = rows, .scratch = &scratch};
  Asked asked;
  target.log_density(pass, TileIn(memory.data(), kTile, 2), asked.lp, Tile(asked.memory.data(), kTile, 2));
  return asked;
}

BOOST_AUTO_TEST_CASE(a_program_gives_density_and_gradient) {
  const auto target = make_program_target(kNormal, 2, Frames::kNdjson, 30);
  const auto formula = make_closed_form("gaussian:{\"covariance\":[[1,0],[0,1]]}");
  const Asked answer = ask(*target, 10), expected = ask(*formula, 10);
  BOOST_TEST(target->failure() == "");
  for (int r = 0; r < 10; ++r) {
    BOOST_TEST(std::abs(answer.lp(r) - 1.8378770664093453 - expected.lp(r)) <= 1e-6);
    BOOST_TEST(answer.memory(r) == expected.memory(r));
    BOOST_TEST(answer.memory(kTile + r) == expected.memory(kTile + r));
  }
}

// The first question (two rows) is answered well, the next one not.
std::string failure_of(const std::string& after, Frames frames = Frames::kNdjson, double timeout = 30) {
  const std::string good = frames == Frames::kNdjson ? "read a; read b; echo '[0,0,0]'; echo '[0,0,0]'; " : "";
  const auto target = make_program_target(good + after, 2, frames, timeout);
  BOOST_TEST(target->failure() == "");
  const Asked answer = ask(*target, 4);
  BOOST_TEST(std::isnan(answer.lp(0)));
  BOOST_TEST(std::isnan(ask(*target, 4).lp(0)));  // and it is not asked again
  return target->failure();
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

BOOST_AUTO_TEST_CASE(every_failure_is_told) {
  BOOST_TEST(contains(failure_of("exit 3"), "ended with exit status 3"));
  BOOST_TEST(contains(failure_of("kill -9 $$"), "was ended by signal 9"));
  BOOST_TEST(contains(failure_of("read a; echo hello; echo; echo; echo"), "answered 'hello' where a JSON array of 3"));
  BOOST_TEST(contains(failure_of("read a; echo '[1,2]'; echo; echo; echo"), "answered '[1,2]'"));
  BOOST_TEST(
      contains(failure_of("read a; echo '[0,0,0]'; echo '[0,0,0]'"), "ended with exit status 0"));  // too few rows
  BOOST_TEST(contains(failure_of("read a; echo '[0,0,0]'; sleep 60", Frames::kNdjson, 2), "no answer for 2 seconds"));
  BOOST_TEST(contains(failure_of("read a; yes '[0,0,0]'"), "answered more than it was asked for"));
  BOOST_TEST(contains(failure_of("read a; cat /dev/zero"), "bytes that hold no answer"));
  BOOST_TEST(contains(failure_of("read a; for i in 1 2 3 4; do echo '[1e999,0,0]'; done"), "answered"));
}

BOOST_AUTO_TEST_CASE(a_program_that_cannot_be_asked_is_refused_at_once) {
  BOOST_CHECK_THROW(make_program_target("exit 1", 2, Frames::kNdjson, 30), Error);
  BOOST_CHECK_THROW(make_program_target("/no/such/program 2>&-", 2, Frames::kNdjson, 30), Error);
  BOOST_CHECK_THROW(make_program_target("echo no npy; cat", 2, Frames::kNpy, 30), Error);
  BOOST_CHECK_THROW(make_program_target("cat", 2, Frames::kNpy, 30), Error);     // 2 columns, not 3
  BOOST_CHECK_THROW(make_program_target("cat", 2, Frames::kNdjson, 30), Error);  // likewise
}

BOOST_AUTO_TEST_CASE(npy_frames_are_read) {
  // Two questions of two rows, each 128 bytes of header and 32 of numbers; floats come back.
  const char* const program =
      "for i in 1 2; do head -c 160 >/dev/null; printf '\\223NUMPY\\001\\000\\106\\000'; "
      "printf '%-69s\\n' \"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\"; "
      "printf '\\000\\000\\200\\077\\000\\000\\000\\100\\000\\000\\200\\277'; "
      "printf '\\000\\000\\000\\077\\000\\000\\000\\000\\000\\000\\200\\076'; done";
  const auto target = make_program_target(program, 2, Frames::kNpy, 30);
  const Asked answer = ask(*target, 2);
  BOOST_TEST(target->failure() == "");
  BOOST_TEST(answer.lp(0) == 1);
  BOOST_TEST(answer.lp(1) == 0.5);
  BOOST_TEST(answer.memory(0) == Real(2));
  BOOST_TEST(answer.memory(kTile) == Real(-1));
  BOOST_TEST(answer.memory(kTile + 1) == Real(0.25));
}

}  // namespace
}  // namespace nf
