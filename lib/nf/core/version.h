#pragma once

namespace nf {

const char* version();  // of the library: "0.2.0"

}  // namespace nf
