// SPDX-License-Identifier: Apache-2.0
#include "feeds/net/retry_after.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

using std::chrono::seconds;

constexpr seconds kLongest = std::chrono::hours(24 * 3653);

bool is_digits(absl::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == absl::string_view::npos;
}

}  // namespace

seconds parse_retry_after(std::string_view header, std::chrono::system_clock::time_point now) {
  const auto text = absl::StripAsciiWhitespace(schemas::to_absl(header));
  if (is_digits(text)) {
    std::int64_t count = 0;
    if (!absl::SimpleAtoi(text, &count)) return kLongest;  // more than 63 bits of them
    return seconds(std::min<std::int64_t>(count, kLongest.count()));
  }
  for (const char* const form : {"%a, %d %b %Y %H:%M:%S GMT",  // Sun, 06 Nov 1994 08:49:37 GMT
                                 "%A, %d-%b-%y %H:%M:%S GMT",  // Sunday, 06-Nov-94 08:49:37 GMT
                                 "%a %b %e %H:%M:%S %Y"}) {    // Sun Nov  6 08:49:37 1994
    absl::Time date;
    if (!absl::ParseTime(form, text, &date, nullptr)) continue;
    const auto wait =
        absl::ToInt64Seconds(absl::Ceil(date - absl::FromChrono(now), absl::Seconds(1)));
    return seconds(std::clamp<std::int64_t>(wait, 0, kLongest.count()));
  }
  return seconds(0);
}

}  // namespace tickgate::feeds
