#include "kernels/kernels_test.h"

namespace nf::kernels {

BOOST_AUTO_TEST_CASE(every_named_target_can_be_chosen) {
  BOOST_TEST(num_targets() >= 1);
  on_every_target([] {});
  for (int i = 0; i < num_targets(); ++i) {
    choose_target(target_name(i));
    BOOST_TEST(std::string(target()) == target_name(i));
  }
  choose_target("");
  BOOST_TEST(std::string(target()) == target_name(0));
}

BOOST_AUTO_TEST_CASE(the_default_is_the_best_target) { BOOST_TEST(std::string(target()) == target_name(0)); }

}  // namespace nf::kernels
