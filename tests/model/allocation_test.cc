// What a tile needs is there after the first one: nothing is allocated on the way of the others.
#include <atomic>

#include "nf/flow/registry.h"
#include "nf/model/scorer.h"
#include "real_test.h"

namespace {

std::atomic<long> allocations{0};

}  // namespace

#if defined(__SANITIZE_ADDRESS__)
#define NF_COUNTS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NF_COUNTS 0
#endif
#endif
#ifndef NF_COUNTS
#define NF_COUNTS 1
#endif

#if NF_COUNTS
// Eigen takes memory by malloc, the rest by operator new, which calls it.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void* malloc(size_t size) { return ++allocations, __libc_malloc(size); }
void* aligned_alloc(size_t alignment, size_t size) { return ++allocations, __libc_memalign(alignment, size); }
int posix_memalign(void** to, size_t alignment, size_t size) {
  ++allocations;
  *to = __libc_memalign(alignment, size);
  return *to ? 0 : 12;
}
}
#endif

namespace nf {
namespace {

template <class Work>
long counted(Work work) {
  work();
  const long before = allocations;
  work();
  return allocations - before;
}

BOOST_AUTO_TEST_CASE(allocations_are_counted) {
  if (!NF_COUNTS) return;
  [[maybe_unused]] static const void* volatile seen;  // what nobody looks at need not be allocated
  BOOST_TEST(counted([] { seen = Vector::Zero(1000).eval().data(); }) > 0);
  BOOST_TEST(counted([] { seen = std::make_unique<std::vector<int>>(1000).get(); }) > 0);
}

BOOST_AUTO_TEST_CASE(maps_and_their_gradients_take_no_memory_after_the_first_tile) {
  for (const std::string& preset : names(presets())) {
    BOOST_TEST_CONTEXT(preset) {
      const Json set = preset == "snf" ? Json{{"place", "within"}, {"lambda", 0}} : Json::object();  // else it needs a target
      const Json spec = Flow(preset_spec(preset, 5, 2, set)).spec();
      Bench bench(spec, 0.1);
      Vector prepared, dtheta = Vector::Zero(bench.theta.size());
      bench.flow.prepare(bench.theta.data(), bench.scratch, prepared);
      Vector mx, mz, md, mc;
      const Tile x = random_tile(mx, 5, 1);
      Tile z = bench.tile(mz, 5), dx = bench.tile(md, 5), dc = bench.tile(mc, 2);
      LogDet ld = LogDet::Zero();
      const auto pass = [&](bool taped) {
        Pass p = bench.pass(taped);
        p.prepared = prepared.data();
        if (taped) p.dtheta = dtheta.data(), p.dcontext = dc.data();
        return p;
      };
      BOOST_TEST(counted([&] {
                   Pass p = pass(false);
                   bench.flow.log_prob(p, in(x), z, ld);
                 }) == 0);
      BOOST_TEST(counted([&] {
                   Pass p = pass(false);
                   bench.flow.base().sample(p, Random{1}, Stream::kBase, 0, z);
                   bench.flow.decode(p, in(z), dx, ld);
                 }) == 0);
      BOOST_TEST(counted([&] {
                   Pass p = pass(true);
                   bench.flow.log_prob(p, in(x), z, ld);
                   dx.setZero();
                   bench.flow.base().backward(p, in(z), LogDet::Ones(), dx);
                   bench.flow.encode_backward(p, in(dx), LogDet::Ones(), z);
                 }) == 0);
      BOOST_TEST(counted([&] { bench.flow.prepare(bench.theta.data(), bench.scratch, prepared); }) == 0);
    }
  }
}

}  // namespace
}  // namespace nf
