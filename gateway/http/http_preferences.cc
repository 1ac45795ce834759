// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/http_preferences.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gateway/http/http_text.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

using schemas::to_absl;
using schemas::to_std;

std::string_view trimmed(std::string_view text) {
  return to_std(absl::StripAsciiWhitespace(to_absl(text)));
}

// "0.5" in thousandths; what is no weight (RFC 9110, 12.4.2) weighs nothing.
int weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[1] != '.')) return 0;
  int value = 0;
  for (std::size_t i = 0, unit = 1000; i < 5; ++i) {
    if (i == 1) continue;
    const char digit = i < text.size() ? text[i] : '0';
    if (digit < '0' || digit > '9') return 0;
    value += static_cast<int>(unit) * (digit - '0');
    unit /= 10;
  }
  return value <= 1000 ? value : 0;
}

bool is_version(std::string_view parameter, std::string_view version) {
  static constexpr std::string_view kName = "version=";
  if (!equals_ignoring_case(parameter.substr(0, kName.size()), kName)) return true;
  parameter.remove_prefix(kName.size());
  if (parameter.size() >= 2 && parameter.front() == '"') {
    parameter = parameter.substr(1, parameter.size() - 2);
  }
  return parameter == version;
}

// How much a list like "a;q=0.5, b" likes what matches `name`, of the version if one is given;
// nullopt: it does not say.
std::optional<int> liking(std::string_view list, std::string_view name,
                          std::string_view version = {}) {
  for (const auto element : split_list(list)) {
    bool is_name = true;  // the first part
    bool fits = true;
    int likes = 1000;
    for (const auto part : absl::StrSplit(to_absl(element), ';')) {
      const auto text = trimmed(to_std(part));
      if (is_name) fits = equals_ignoring_case(text, name);
      if (!is_name && equals_ignoring_case(text.substr(0, 2), "q=")) likes = weight(text.substr(2));
      if (!is_name && !version.empty()) fits = fits && is_version(text, version);
      is_name = false;
      if (!fits) break;
    }
    if (fits) return likes;
  }
  return std::nullopt;
}

}  // namespace

bool wants_gzip(std::string_view accept_encoding) {
  auto gzip = liking(accept_encoding, "gzip");
  if (!gzip) gzip = liking(accept_encoding, "x-gzip");  // the same (RFC 9110, 8.4.1.3)
  const int likes = gzip.value_or(liking(accept_encoding, "*").value_or(0));
  return likes > 0 && likes >= liking(accept_encoding, "identity").value_or(0);
}

bool wants_html(std::string_view accept) { return liking(accept, "text/html").value_or(0) > 0; }

bool wants_openmetrics(std::string_view accept) {
  const int likes = liking(accept, "application/openmetrics-text", "1.0.0").value_or(0);
  auto text = liking(accept, "text/plain");
  if (!text) text = liking(accept, "text/*");
  if (!text) text = liking(accept, "*/*");
  return likes > 0 && likes >= text.value_or(0);
}

bool holds(std::string_view if_none_match, std::string_view etag) {
  const auto tags = split_list(if_none_match);
  return std::any_of(tags.begin(), tags.end(), [etag](std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return tag == "*" || tag == etag;
  });
}

}  // namespace tickgate::gateway
