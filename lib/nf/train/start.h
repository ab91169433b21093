#pragma once
// Where training starts from.
#include "nf/model/model.h"

namespace nf {
inline namespace NF_PRECISION {

// The starts from data that layers and bases want, on rows from all over the table.
void start_from_data(Model& model, const Data& rows);

// The student of a teacher with this spec: its layers in the same order, the autoregressive ones inverted. An inverted
// layer with an inverted transformer is the same map when its conditioner gives the same numbers, but reads noise where
// the other reads data. Its slots are the teacher's, so it may start from the teacher's theta.
Json student_of(const Json& teacher);
// The student of a teacher whose last layer is continuous: that takes so many steps of Euler's instead, from noise to
// data, whose map it is. Its slots are the teacher's.
Json student_of_few_steps(const Json& teacher, int steps);

// Throws Error naming the first layer that works feature by feature where one parallel pass is needed.
enum class Direction { kEncode, kDecode };
void require_parallel(const Flow& flow, Direction direction, const std::string& who);

}  // namespace NF_PRECISION
}  // namespace nf
