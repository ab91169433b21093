#define BOOST_TEST_MODULE nf
#include <boost/test/unit_test.hpp>
