// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/auth_values.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "feeds/adapter/venue_time.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {

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

std::optional<DeniedSubject> parse_denied(std::string_view text) {
  constexpr std::string_view kBefore = " before ";
  constexpr std::size_t kMostSubject = 256;
  DeniedSubject denied{text, {}};
  const auto at = text.rfind(kBefore);
  if (at != std::string_view::npos) {
    denied.before = feeds::parse_rfc3339(text.substr(at + kBefore.size()));
    if (denied.before) denied.subject = text.substr(0, at);
  }
  if (denied.subject.empty() || denied.subject.size() > kMostSubject) return std::nullopt;
  return denied;
}

}  // namespace tickgate::gateway
