#pragma once
#include "nf/bases/base.h"

namespace nf {
inline namespace NF_PRECISION {

// Whether some columns have a base of their own, by "override" in the spec or as circles.
bool has_own_columns(const Json& spec, const Site& site);
std::unique_ptr<Base> make_by_column(const Json& spec, const Site& site);

}  // namespace NF_PRECISION
}  // namespace nf
