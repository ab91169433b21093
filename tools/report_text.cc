#include "report_text.h"

#include <fmt/format.h>

namespace nf::cli {
namespace {

std::string verdict(const Json& json) {
  std::string text = fmt::format("{:.4f} ± {:.4f}", json["auc"].get<double>(), json["auc_error"].get<double>());
  if (json.contains("best_possible_auc"))
    text += fmt::format(", the teacher at temperature {}: {:.4f} at best", json["temperature"].get<double>(),
                        json["best_possible_auc"].get<double>());
  return text;
}

}  // namespace

std::string summary_text(const Json& summary) {
  std::string text;
  for (const auto& [key, value] : summary.items()) {
    const std::string shown = value.is_string()         ? value.get<std::string>()
                              : value.is_number_float() ? fmt::format("{:.6g}", value.get<double>())
                              : value.is_null()         ? "not finite"
                                                        : value.dump();
    text += fmt::format("{:<23} {}\n", key, shown);
  }
  return text;
}

std::string report_text(const Json& report) {
  const Json& held_out = report["held_out"];
  std::string text =
      fmt::format("KL(student||teacher)      {:.4f} ± {:.4f} nats, {} fresh rows\n", report["kl"]["mean"].get<double>(),
                  report["kl"]["error"].get<double>(), report["kl"]["rows"].get<std::int64_t>());
  for (const char* who : {"teacher", "student"})
    text += fmt::format(
        "{} log-likelihood    {:.4f} ± {:.4f} without the lowest 0.1 %, {:.4f} in all, on {} held-out rows "
        "of {}\n",
        who, held_out[who]["lower_trimmed_mean"].get<double>(), held_out[who]["lower_trimmed_error"].get<double>(),
        held_out[who]["mean"].get<double>(), held_out["rows"].get<std::int64_t>(), held_out["of"].get<std::string>());
  const std::pair<const char*, const char*> verdicts[] = {
      {"student_teacher", "AUC student, teacher"},
      {"student_data", "AUC student, data"},
      {"teacher_data", "AUC teacher, data"},
      {"teacher_at_temperature_0.9", "AUC control"},
  };
  for (const auto& [key, label] : verdicts)
    if (report["classifier"].contains(key))
      text += fmt::format("{:<25} {}\n", label, verdict(report["classifier"][key]));
  text += fmt::format("{:<25} {:>7} {:>7} {:>18} {:>10} {:>10}\n", "samples, rows/s", "threads", "batch",
                      "column by column", "teacher", "student");
  for (const Json& row : report["rows_per_second"])
    text += fmt::format("{:<25} {:>7} {:>7} {:>18.3g} {:>10.3g} {:>10.3g}\n", "", row["threads"].get<int>(),
                        row["batch"].get<int>(), row["teacher_column_by_column"].get<double>(),
                        row["teacher"].get<double>(), row["student"].get<double>());
  text.pop_back();
  return text;
}

}  // namespace nf::cli
