#pragma once
// The scripts of share/plots/; CMake writes plots_embedded.cc.
#include <string_view>

namespace nf::cli {

std::string_view embedded_plot(std::string_view name);  // "corner"; empty: there is none

}  // namespace nf::cli
