#include "nf/model/model_file.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <unordered_map>

#include "nf/core/json.h"
#include "nf/flow/registry.h"
#include "nf/io/input.h"
#include "nf/io/metadata.h"
#include "nf/io/output.h"

namespace nf {
inline namespace NF_PRECISION {

namespace {

constexpr const char* kVersion = "2";

// Version 1 had an affine door a column, {"name", "mean", "scale"}, and "circle": true where it was an angle.
Json door_of_version_1(SpecReader& column) {
  return {{"kind", column.flag("circle", false) ? "circle" : "standardise"},
          {"mean", column.value("mean", 0)},
          {"scale", column.value("scale", 1)}};
}

std::vector<Column> columns_from_json(const Json& list, const char* what, const std::string& version) {
  if (!list.is_array()) throw Error(fmt::format("'{}' is not a list of columns", what));
  std::vector<Column> columns;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = fmt::format("{}.{}", what, i);
    SpecReader reader(list[i], place);
    const std::string name = reader.word("name", "", {});
    if (version != "1" && !reader.has("door")) reader.fail("no 'door'");
    const Json door = version == "1" ? door_of_version_1(reader) : reader.value("door", nullptr);
    reader.require_known();
    columns.push_back({name, make_door(door, place)});
  }
  return columns;
}

// Orders, degrees and masks take memory by feature, so features are counted where their columns are listed first.
void require_listed(const Json& spec, const char* count, const char* what, int features) {
  if (!spec.is_object() || !spec.contains(count) || !spec[count].is_number_integer()) return;
  if (spec[count] != features) throw Error(fmt::format("'{}' is not a list of {} columns", what, spec[count].dump()));
}

void require_agreement(const Model& model) {
  const std::vector<Feature> all = features(model.columns);
  if (static_cast<int>(all.size()) != model.flow.dim() || context_width(model.context) != model.flow.context())
    throw Error("'columns' and 'spec' disagree how many features there are");
  for (std::size_t j = 0; j < all.size(); ++j)
    if (all[j].manifold != model.flow.manifold(static_cast<int>(j)))
      throw Error(fmt::format(
          "feature {}: 'columns' and 'spec' disagree whether it is a {}", j,
          all[j].manifold == Manifold::kLevels || model.flow.manifold(static_cast<int>(j)) == Manifold::kLevels
              ? "number"
              : "circle"));
  if (const std::string wrong = disagreement(model.flow.spec(), all); !wrong.empty())
    throw Error("'columns' and 'spec' disagree: " + wrong);
  for (const Feature& one : features(model.context))
    if (one.manifold == Manifold::kCircle) throw Error("a context column is a circle");
}

// An empty set of slots that can become what the file holds and no more.
Params room_for(const io::SafeTensors& file) {
  std::size_t numbers = 0;
  for (const io::Tensor& tensor : file.tensors) numbers += tensor.values.size();
  return Params(numbers, file.tensors.size());
}

// Files written before gdn had a tail say nothing of one; elsewhere a spec that says nothing means one.
Json spec_of(const io::SafeTensors& file) {
  Json spec = io::json_meta(file, "spec");
  if (!spec.is_object() || !spec.contains("layers") || !spec["layers"].is_array()) return spec;
  for (Json& layer : spec["layers"])
    if (layer.is_object() && layer.contains("kind") && layer["kind"] == "gdn" && !layer.contains("tail"))
      layer["tail"] = false;
  return spec;
}

io::Tensor to_tensor(const Slot& slot, const Real* theta) {
  io::Tensor tensor{.name = slot.name, .shape = {slot.rows, slot.cols}, .wide = sizeof(Real) == 8, .values = {}};
  tensor.values.reserve(static_cast<std::size_t>(slot.rows) * static_cast<std::size_t>(slot.cols));
  for (int row = 0; row < slot.rows; ++row)
    for (int col = 0; col < slot.cols; ++col) tensor.values.push_back(static_cast<double>(theta[slot.at(row, col)]));
  return tensor;
}

void from_tensor(const io::Tensor& tensor, const Slot& slot, Real* theta) {
  const double* value = tensor.values.data();
  for (int row = 0; row < slot.rows; ++row)
    for (int col = 0; col < slot.cols; ++col, ++value) {
      if (col >= slot.live(row) && *value != 0)
        throw Error(fmt::format("tensor '{}' has a masked entry that is not 0", slot.name));
      const auto held = static_cast<Real>(*value);
      if (!std::isfinite(held))
        throw Error(fmt::format("tensor '{}' holds {:g}, too large for this program's numbers", slot.name, *value));
      theta[slot.at(row, col)] = held;
    }
}

}  // namespace

std::string serialise(const Model& model) {
  io::SafeTensors file;
  file.metadata = {{"format", "nf-tools"},
                   {"version", kVersion},
                   {"spec", model.flow.spec().dump()},
                   {"columns", to_json(model.columns).dump()},
                   {"context", to_json(model.context).dump()},
                   {"training", model.training.dump()}};
  for (const Slot& slot : model.flow.params().slots()) file.tensors.push_back(to_tensor(slot, model.theta.data()));
  return file.serialise();
}

Model parse_model(std::span<const std::byte> bytes) {
  const io::SafeTensors file = io::SafeTensors::parse(bytes);
  const std::string version = io::require_format(file, "nf-tools", "model", {"1", kVersion});
  std::vector<Column> columns = columns_from_json(io::json_meta(file, "columns"), "columns", version),
                      context = columns_from_json(io::json_meta(file, "context"), "context", version);
  const Json spec = spec_of(file);
  require_listed(spec, "dim", "columns", num_features(columns));
  require_listed(spec, "context", "context", context_width(context));
  Flow flow(spec, room_for(file));
  const std::vector<Slot>& slots = flow.params().slots();
  if (slots.size() != file.tensors.size())
    throw Error(fmt::format("{} tensors where the spec has {}", file.tensors.size(), slots.size()));
  std::unordered_map<std::string_view, const io::Tensor*> by_name;
  for (const io::Tensor& tensor : file.tensors) by_name[tensor.name] = &tensor;
  for (const Slot& slot : slots) {
    const auto found = by_name.find(slot.name);
    if (found == by_name.end()) throw Error(fmt::format("no tensor '{}'", slot.name));
    if (found->second->shape != std::vector<std::int64_t>{slot.rows, slot.cols})
      throw Error(fmt::format("tensor '{}' has another shape than the spec says", slot.name));
  }
  // All shapes are those of tensors that are there, so theta is at most a small multiple of the file.
  Vector theta = Vector::Zero(static_cast<Eigen::Index>(flow.params().size()));
  for (const Slot& slot : slots) from_tensor(*by_name[slot.name], slot, theta.data());
  Model model(std::move(flow), std::move(theta));
  model.columns = std::move(columns);
  model.context = std::move(context);
  require_agreement(model);
  model.training = io::object_meta(file, "training");
  return model;
}

Model load(const std::string& path) { return parse_model(path, io::read_file(path)); }

Model parse_model(const std::string& path, const std::string& text) {
  try {
    return parse_model(io::bytes(text));
  } catch (const Error& error) {
    const bool is_text = text.size() > 8 && text.find('\0') >= 8;
    throw Error(is_text ? fmt::format("'{}' is not a model; one from nf-train was expected here", io::shown_path(path))
                        : fmt::format("'{}': {}", io::shown_path(path), error.what()));
  }
}

void save(const std::string& path, const Model& model) {
  io::Output out(path);
  out.write(serialise(model));
  out.commit_durably();
}

}  // namespace NF_PRECISION
}  // namespace nf
