#include "nf/io/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "nf/io/number.h"

namespace nf::io {
namespace {

constexpr double kMinute = 60, kHour = 3600, kDay = 86400;

// What is left of a text to be read.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool digits(int count, int& value) {
    value = 0;
    for (int i = 0; i < count; ++i, rest_.remove_prefix(1)) {
      if (rest_.empty() || !is_digit(rest_[0])) return false;
      value = 10 * value + (rest_[0] - '0');
    }
    return true;
  }
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool fraction(double& value) {
    double place = 1;
    for (value = 0; !rest_.empty() && is_digit(rest_[0]); rest_.remove_prefix(1))
      value += (place /= 10) * (rest_[0] - '0');
    return place < 1;
  }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// `form` gets what date_form() says.
bool read(std::string_view text, double& seconds, std::string& form) {
  Reader reader(trim(text));
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!reader.digits(4, year) || !reader.take('-') || !reader.digits(2, month) || !reader.take('-') ||
      !reader.digits(2, day))
    return false;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return false;
  seconds = kDay * static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
  form = "day";
  if (reader.empty()) return true;
  const bool letter = reader.take('T');
  if (!letter && !reader.take(' ')) return false;
  if (!reader.digits(2, hour) || !reader.take(':') || !reader.digits(2, minute) || hour > 24 || minute > 59)
    return false;
  form = "minute";
  double part = 0;
  if (reader.take(':')) {
    form = "second";
    if (!reader.digits(2, second) || second > 60) return false;
    if (reader.take('.')) {
      form = "fraction";
      if (!reader.fraction(part)) return false;
    }
  }
  seconds += kHour * hour + kMinute * minute + second + part;
  form += letter ? "T" : " ";
  if (reader.take('Z')) {
    form += "Z";
  } else if (!reader.empty()) {
    const bool west = reader.take('-');
    int hours = 0, minutes = 0;
    if ((!west && !reader.take('+')) || !reader.digits(2, hours)) return false;
    reader.take(':');
    if (!reader.empty() && !reader.digits(2, minutes)) return false;
    seconds += (west ? 1 : -1) * (kHour * hours + kMinute * minutes);
    form += "Z";
  }
  return reader.empty();
}

int fineness(const std::string& form) {
  return form.starts_with("fraction") ? 3 : form.starts_with("second") ? 2 : form.starts_with("minute") ? 1 : 0;
}

}  // namespace

bool parse_date(std::string_view text, double& seconds) {
  std::string unused;
  return read(text, seconds, unused);
}

std::string date_form(std::string_view text) {
  double unused = 0;
  std::string form;
  return read(text, unused, form) ? form : "";
}

std::string wider_form(const std::string& a, const std::string& b) { return fineness(b) > fineness(a) ? b : a; }

char* print_date(char* to, double seconds, const std::string& form) {
  constexpr double kFirst = -62167219200, kLast = 253402300799;  // 0000-01-01 and the end of 9999
  constexpr double kUnits[] = {kDay, kMinute, 1, 1e-3};
  const int fine = fineness(form);
  const double unit = kUnits[fine];
  const double shown = std::clamp(std::round(seconds / unit) * unit, kFirst, std::floor(kLast / unit) * unit);
  const double days = std::floor(shown / kDay);
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(static_cast<int>(days)))};
  to = fmt::format_to(to, "{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()));
  if (fine == 0) return to;
  const auto millis = static_cast<long>(std::round((shown - days * kDay) * 1000));
  const long minutes = millis / 60000;
  to = fmt::format_to(to, "{}{:02}:{:02}", form.find('T') != std::string::npos ? 'T' : ' ', minutes / 60, minutes % 60);
  if (fine >= 2) to = fmt::format_to(to, ":{:02}", millis / 1000 % 60);
  if (fine == 3) to = fmt::format_to(to, ".{:03}", millis % 1000);
  return form.ends_with('Z') ? fmt::format_to(to, "Z") : to;
}

}  // namespace nf::io
