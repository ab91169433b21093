#pragma once
// What a column's numbers are written with: multiples of a step, so many digits, a rhythm.
#include "nf/data/profile.h"

namespace nf {
inline namespace NF_PRECISION {

// The largest step that all differences between the values are multiples of, or 0: decimals of at most six places.
double find_step(const Profile& column);
// As few digits as all values can be written with where larger values have fewer decimals, as %.5g gives them, or 0.
int find_digits(const Profile& column, double step);
// Whole numbers, or few others: each ten times on average.
bool is_counted(const Profile& column);

// Multiples of a step beyond `offset`: `per` whole + rest of them.
struct Parts {
  Parts(const Profile& column, double step, double offset, double per);
  Profile whole, rest;
};
// Whether some rests are more frequent than others, where the values are spread so wide that none would be.
bool has_rhythm(const Profile& column, double step, double offset, int per);

}  // namespace NF_PRECISION
}  // namespace nf
