// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/credential.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gateway/http/http_text.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

constexpr std::array<std::string_view, 14> kNames{
    "token", "access_token", "id_token", "auth_token", "auth",    "authorization", "bearer",
    "jwt",   "key",          "api_key",  "apikey",     "api-key", "secret",        "password"};
constexpr std::string_view kBearerScheme = "Bearer";
constexpr std::string_view kApiKey = "tgk_";
// What a JSON object that begins with a name becomes in base64url.
constexpr std::string_view kJwt = "eyJ";

bool looks_like_credential(std::string_view text) {
  if (text.find(kApiKey) != text.npos) return true;
  const auto at = text.find(kJwt);
  return at != text.npos &&
         std::count(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), '.') >= 2;
}

void add(FoundCredential& found, std::string_view credential) {
  if (credential.empty()) return;
  if (found.credential.empty()) found.credential = credential;
  found.differ = found.differ || found.credential != credential;
}

}  // namespace

FoundCredential find_credential(const RequestHead& head) {
  FoundCredential found;
  for (const auto value : head.all("Authorization")) {
    const auto end = std::min(value.find_first_of(" \t"), value.size());
    if (!equals_ignoring_case(value.substr(0, end), kBearerScheme)) continue;
    add(found, schemas::to_std(absl::StripAsciiWhitespace(schemas::to_absl(value.substr(end)))));
  }
  for (const auto offer : head.all("Sec-WebSocket-Protocol")) {
    for (const auto name : split_list(offer)) {
      if (name.starts_with(kBearerPrefix)) add(found, name.substr(kBearerPrefix.size()));
    }
  }
  return found;
}

bool url_has_credential(std::string_view path, const std::vector<QueryParameter>& query) {
  if (looks_like_credential(path)) return true;
  return std::ranges::any_of(query, [](const QueryParameter& parameter) {
    return looks_like_credential(parameter.value) || looks_like_credential(parameter.name) ||
           std::ranges::any_of(kNames, [&](std::string_view name) {
             return equals_ignoring_case(name, parameter.name);
           });
  });
}

}  // namespace tickgate::gateway
