#pragma once
// Dates and times of ISO 8601 as seconds since 1970-01-01 00:00 UTC, in the proleptic Gregorian calendar; RFC 3339.
#include <string>
#include <string_view>

namespace nf::io {

// 2024-05-31, 2024-05-31T17:45, 2024-05-31 17:45:10.25, with Z or +02:00 at the end or, without, as UTC. Blanks around
// it are allowed.
bool parse_date(std::string_view text, double& seconds);
// How a date is written: "day"; or "minute", "second" or "fraction", then "T" or " ", then "Z" where one stands at the
// end. Empty: it is no date.
std::string date_form(std::string_view text);
// The form that says as much as both.
std::string wider_form(const std::string& a, const std::string& b);
// Writes the date so, rounded to what the form shows; returns its end. REQUIRES: kDateWidth bytes. Beyond the years 0
// to 9999 the nearest date within.
inline constexpr int kDateWidth = 32;
char* print_date(char* to, double seconds, const std::string& form);

}  // namespace nf::io
