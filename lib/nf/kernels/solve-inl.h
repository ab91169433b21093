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
// be below and above, else halves of that interval. value = map(x, slope) gives both. A row stops for good when its
// step no longer moves it, so rows do not depend on their neighbours. Where rounding in `map` keeps Newton moving,
// halving ends it; so does an error of at most `rounding`, after one more step. REQUIRES: map(low) <= y <= map(high). A
// NaN in y comes out as NaN where low or high are NaN with it.
template <class V, class Map>
HWY_INLINE V solve(const Map& map, V y, V low, V high, V x, V rounding = V(0)) {
  const int newton_steps = 24, most = newton_steps + 64;
  const V small(sizeof(Value<V>) == 4 ? 1.2e-7 : 2.3e-16);  // about one unit in the last place
  auto done = negated(low < high);
  x = select(done, low, x);
  for (int step = 0; step < most; ++step) {
    V slope;
    const V error = map(x, slope) - y;
    high = select(error > V(0), x, high);
    low = select(error < V(0), x, low);
    const V newton = x - error / slope, middle = multiply_add(high - low, V(0.5), low);
    V next = select(both(newton >= low, newton <= high), newton, middle);
    if (step >= newton_steps) next = middle;
    next = select(error == V(0), x, next);
    const V moved = abs(next - x);
    x = select(done, x, next);
    done = either(done, either(negated(moved > small * (abs(x) + V(0.25))), abs(error) <= rounding));
    if (every(done)) break;
  }
  return x;
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // guard
