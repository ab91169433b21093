#define BOOST_TEST_MODULE nf
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "nf/kernels/kernels.h"

// The tests run on the instruction set that NF_DISPATCH names, as the tools do.
struct InstructionSet {
  InstructionSet() {
    if (const char* wanted = std::getenv("NF_DISPATCH")) nf::kernels::choose_target(wanted);
  }
};
BOOST_TEST_GLOBAL_FIXTURE(InstructionSet);
