#include "kernels/kernels_test.h"
#include "nf/core/error.h"

namespace nf::kernels {

BOOST_AUTO_TEST_CASE(every_named_target_can_be_chosen_and_the_best_is_the_default) {
  BOOST_TEST(num_targets() >= 1);
  on_every_target([] {});
  const std::string before = target();
  for (int i = 0; i < num_targets(); ++i) {
    choose_target(target_name(i));
    BOOST_TEST(std::string(target()) == target_name(i));
  }
  choose_target("");
  BOOST_TEST(std::string(target()) == target_name(0));
  choose_target(before.c_str());
}

BOOST_AUTO_TEST_CASE(what_is_no_target_is_refused_and_changes_nothing) {
  const std::string before = target();
  for (const char* name : {"nonsense", "avx", "avx2 ", "SVE_256"}) BOOST_CHECK_THROW(choose_target(name), Error);
  BOOST_TEST(target() == before);
}

}  // namespace nf::kernels
