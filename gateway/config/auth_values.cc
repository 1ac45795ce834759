// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/auth_values.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "feeds/adapter/venue_time.h"
#include "schemas/instrument.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

constexpr std::string_view kBefore = "before";

bool is_blank(char c) { return absl::ascii_isblank(static_cast<unsigned char>(c)); }

std::string_view stripped(std::string_view text) {
  return schemas::to_std(absl::StripAsciiWhitespace(schemas::to_absl(text)));
}

// Where the last word "before" begins, in whatever case, if there is another word; else npos.
std::size_t last_before(std::string_view text) {
  if (stripped(text).size() == kBefore.size()) return std::string_view::npos;
  for (auto at = text.size(); at-- > 0;) {
    const auto word = text.substr(at, kBefore.size());
    const auto end = at + word.size();
    const bool begins = at == 0 || is_blank(text[at - 1]);
    const bool ends = end == text.size() || is_blank(text[end]);
    if (begins && ends && absl::EqualsIgnoreCase(schemas::to_absl(word), schemas::to_absl(kBefore)))
      return at;
  }
  return std::string_view::npos;
}

}  // namespace

bool is_symbol_pattern(const std::string& text) {
  if (text == "*") return true;
  const auto colon = text.find(':');
  if (text.size() > schemas::kMostSymbolBytes || colon == std::string::npos) return false;
  const auto venue = text.substr(0, colon);
  const auto pair = text.substr(colon + 1);
  // A pattern is checked as the symbol that it would be with a letter in place of the star.
  return schemas::split_symbol((venue == "*" ? "X" : venue) + ":" + (pair == "*" ? "X" : pair))
      .has_value();
}

bool is_channel(const std::string& text) { return schemas::channel_from_name(text).has_value(); }

bool is_plan_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  });
}

std::optional<MappedCertificate> parse_certificate(std::string_view text) {
  constexpr std::string_view kAs = " as ";
  constexpr std::size_t kMostName = 256;
  MappedCertificate mapped{text, {}};
  const auto at = text.rfind(kAs);
  if (at != std::string_view::npos && is_plan_name(text.substr(at + kAs.size()))) {
    mapped = {text.substr(0, at), text.substr(at + kAs.size())};
  }
  for (const std::string_view kind : {"CN=", "DNS:", "email:", "URI:"}) {
    const bool named = mapped.name.starts_with(kind) && mapped.name.size() > kind.size();
    if (named && mapped.name.size() <= kMostName) return mapped;
  }
  return std::nullopt;
}

std::optional<schemas::Timestamp> parse_time_or_date(std::string_view text) {
  constexpr std::size_t kDate = 10;  // YYYY-MM-DD
  if (text.size() == kDate) return feeds::parse_rfc3339(std::string(text).append("T00:00:00Z"));
  return feeds::parse_rfc3339(text);
}

// A time that is written wrong must not make a subject of all of it: that would deny nobody.
std::optional<DeniedSubject> parse_denied(std::string_view text) {
  constexpr std::size_t kMostSubject = 256;
  DeniedSubject denied{text, {}};
  if (const auto at = last_before(text); at != std::string_view::npos) {
    denied.before = parse_time_or_date(stripped(text.substr(at + kBefore.size())));
    if (!denied.before) return std::nullopt;
    denied.subject = stripped(text.substr(0, at));
  }
  if (denied.subject.empty() || denied.subject.size() > kMostSubject) return std::nullopt;
  return denied;
}

}  // namespace tickgate::gateway
