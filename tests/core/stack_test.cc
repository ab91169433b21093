// stack_test.cc -- the memory of tapes and scratch tiles.
#include "nf/core/stack.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <vector>

namespace nf {

BOOST_AUTO_TEST_CASE(any_number_of_scratch_tiles_stand_apart) {
  Stack stack;
  Scratch scratch(stack);
  std::vector<Tile> tiles;
  for (int i = 0; i < 100; ++i) {
    tiles.push_back(scratch.tile(20));
    tiles.back().setConstant(static_cast<Real>(i));
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(tiles.back().data()) % 64 == 0u);
  }
  for (int i = 0; i < 100; ++i) BOOST_TEST((tiles[i].array() == static_cast<Real>(i)).all());
}

BOOST_AUTO_TEST_CASE(scratch_gives_back_what_it_took_and_gets_the_same_memory_again) {
  Stack stack;
  const auto use = [&] {
    std::vector<const Real*> taken;
    Scratch outer(stack);
    for (int i = 0; i < 5; ++i) {
      taken.push_back(outer.get(200));  // beyond one block
      Scratch inner(stack);
      for (int j = 0; j < 5; ++j) taken.push_back(inner.get(j * 300));
    }
    return taken;
  };
  use();
  BOOST_TEST(stack.empty());
  const auto second = use(), third = use();
  BOOST_TEST(stack.empty());
  BOOST_TEST((second == third));
}

BOOST_AUTO_TEST_CASE(a_tape_pops_in_reverse_what_was_pushed) {
  Stack stack;
  std::vector<Real*> pushed;
  for (int columns = 0; columns < 400; columns += 40) pushed.push_back(stack.push(columns));
  const Stack::Mark mark = stack.mark();
  stack.push(5000);
  stack.release(mark);
  for (int columns = 360; columns >= 0; columns -= 40) {
    BOOST_TEST(stack.pop(columns) == pushed.back());
    pushed.pop_back();
  }
  BOOST_TEST(stack.empty());
}

}  // namespace nf
