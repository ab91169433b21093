// The standard normal distribution in logarithms, exact in both tails, for `Lanes` and `Lane<T>` (lanes-inl.h). Include
// after lanes-inl.h.
//
// Everything rests on erfcx(z) = e^(z^2) erfc(z), the tail without its exponential:
//   log Phi(x) = -x^2 / 2 + log(erfcx(-x / sqrt 2) / 2),   phi(x) / Phi(x) = sqrt(2 / pi) / erfcx(-x / sqrt 2),  x <=
//   0.
#if defined(NF_KERNELS_NORMAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef NF_KERNELS_NORMAL_INL_H_
#undef NF_KERNELS_NORMAL_INL_H_
#else
#define NF_KERNELS_NORMAL_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

template <class V>
inline constexpr bool kIsDouble = sizeof(Value<V>) == 8;

// (1 + 2z) erfcx(z) as a polynomial in (z - 3.75) / (z + 3.75), which maps 0 .. inf to -1 .. 1: Shepherd, Laframboise,
// Chebyshev approximation of (1 + 2x) exp(x^2) erfc(x) in 0 <= x < inf, 1981. Max relative error 3e-7 in float (2e-8 of
// it the polynomial's), 5e-16 in double, z >= 0.
template <class V>
HWY_INLINE V erfcx(V z) {
  constexpr double kFloat[] = {-0.000224116747, 0.000396307613, 0.00167591222, -0.00984449486,
                               0.0284092524,    -0.0586468587,  0.0922907696,  -0.10881427,
                               0.08227842,      0.00358627039,  -0.140240658,  1.23751262};
  constexpr double kDouble[] = {
      -2.62310734713347576e-9, -1.95513588689856165e-9, 3.19792667166680429e-8,  1.87908232237004813e-8,
      -2.48571262480167429e-7, -5.0844653786873022e-8,  1.74198215862248159e-6,  -9.79262570730352203e-7,
      -1.14380480333468936e-5, 2.23875657149118166e-5,  5.16465297417741613e-5,  -0.000290155352460776553,
      0.00029371437804495803,  0.00175562616519706507,  -0.00974657968326526223, 0.0283622773721111388,
      -0.0586933985766493384,  0.0923043211642812499,   -0.108803930142444613,   0.0822767384899950626,
      0.00358541548547902564,  -0.140240598585545256,   1.23751263083782753};
  const V t = (z - V(3.75)) / (z + V(3.75));
  V sum(0);
  if constexpr (kIsDouble<V>) {
    for (const double c : kDouble) sum = multiply_add(sum, t, V(c));
  } else {
    for (const double c : kFloat) sum = multiply_add(sum, t, V(c));
  }
  return sum / multiply_add(V(2), z, V(1));
}

// What is even in x: e^(-x^2 / 2) and erfcx(|x| / sqrt 2).
template <class V>
struct NormalTail {
  V bell, erfcx;
  NormalTail() = default;
  explicit NormalTail(V x) : bell(exp(V(-0.5) * x * x)), erfcx(HWY_NAMESPACE::erfcx(abs(x) * V(0.70710678118654752))) {}
  V outer() const { return V(0.5) * bell * erfcx; }  // Phi(-|x|)
};

// x with log Phi(x) = log_p, for log_p <= log 1/2 (or what rounding puts above it): Abramowitz & Stegun 26.2.23, off by
// less than 5e-4, then Newton steps on the logarithm, each of which squares the error.
template <class V>
HWY_INLINE V normal_quantile(V log_p) {
  const V r = sqrt(at_least(V(0), V(-2) * log_p));
  const V above = multiply_add(multiply_add(V(0.010328), r, V(0.802853)), r, V(2.515517));
  const V below = multiply_add(multiply_add(multiply_add(V(0.001308), r, V(0.189269)), r, V(1.432788)), r, V(1));
  V x = above / below - r;
  for (int step = 0; step < (kIsDouble<V> ? 4 : 2); ++step) {
    const V tail = erfcx(x * V(-0.70710678118654752));
    // With the square's difference taken first: log_p and x^2 / 2 are both large.
    const V error = log(V(0.5) * tail) - multiply_add(V(0.5) * x, x, log_p);
    x = x - error * tail * V(1.2533141373155003);  // error / (phi / Phi)
  }
  return x;
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // guard
