#include "nf/core/version.h"

namespace nf {

const char* version() { return NF_VERSION; }

}  // namespace nf
