// The root of an increasing function, for every row on its own. Include after "nf/kernels/lanes-inl.h".
#if defined(NF_KERNELS_SOLVE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef NF_KERNELS_SOLVE_INL_H_
#undef NF_KERNELS_SOLVE_INL_H_
#else
#define NF_KERNELS_SOLVE_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

// x in [low, high] with map(x) = y, from a first guess: Newton steps as long as they stay between the points known to
// be below and above, and each is at most half of the last but one; else halves of that interval. value = map(x, slope)
// gives both. A row stops for good when its step no longer moves it, or at an error of at most `rounding`, after one
// more Newton step, so rows do not depend on their neighbours. REQUIRES: map(low) <= y <= map(high). A NaN in y comes
// out as NaN where low or high are NaN with it.
template <class V, class Map>
HWY_INLINE V solve(const Map& map, V y, V low, V high, V x, V rounding = V(0)) {
  const int most = 160;
  const V small(sizeof(Value<V>) == 4 ? 1.2e-7 : 2.3e-16);  // about one unit in the last place
  V last = high - low, last_but_one = last;
  auto done = negated(low < high);
  x = select(done, low, x);
  for (int step = 0; step < most; ++step) {
    V slope;
    const V error = map(x, slope) - y;
    high = select(error > V(0), x, high);
    low = select(error < V(0), x, low);
    const V newton = x - error / slope, middle = multiply_add(high - low, V(0.5), low);
    const auto inside = both(newton >= low, newton <= high), near = abs(error) <= rounding;
    const auto good = both(inside, abs(newton - x) <= V(0.5) * last_but_one);
    const V next = select(good, newton, select(near, x, middle)), moved = abs(next - x);
    last_but_one = last;
    last = moved;
    x = select(done, x, next);
    done = either(done, either(negated(moved > small * (abs(x) + V(0.25))), near));
    if (every(done)) break;
  }
  return x;
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // guard
