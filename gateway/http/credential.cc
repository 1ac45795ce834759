// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/credential.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gateway/access/base64url.h"
#include "gateway/http/http_text.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

constexpr std::array<std::string_view, 14> kNames{
    "token", "access_token", "id_token", "auth_token", "auth",    "authorization", "bearer",
    "jwt",   "key",          "api_key",  "apikey",     "api-key", "secret",        "password"};
constexpr std::string_view kBearerScheme = "Bearer";
constexpr std::string_view kApiKey = "tgk_";
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_of_token(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

// Does base64url that begins so mean a JSON object with something in it? Blanks may stand before
// the brace and behind it. A last group that is cut off says nothing.
bool begins_json(std::string_view part) {
  const auto whole = decode_base64url(part.substr(0, part.size() / 4 * 4));
  if (!whole) return false;
  const auto brace = std::find_if_not(whole->begin(), whole->end(), is_blank);
  if (brace == whole->end() || *brace != '{') return false;
  const auto next = std::find_if_not(brace + 1, whole->end(), is_blank);
  return next == whole->end() || *next == '"';
}

// Three parts with points between them, of which the first is a JSON object: a JWT, or an encrypted
// one, which has five.
bool has_jwt(std::string_view text) {
  while (!text.empty()) {
    const auto begin = std::find_if(text.begin(), text.end(), is_of_token);
    text.remove_prefix(static_cast<std::size_t>(begin - text.begin()));
    const auto end = std::find_if_not(text.begin(), text.end(), is_of_token);
    auto word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(word.size());
    while (std::count(word.begin(), word.end(), '.') >= 2) {
      const auto part = word.substr(0, word.find('.'));
      if (begins_json(part)) return true;
      word.remove_prefix(part.size() + 1);
    }
  }
  return false;
}

bool looks_like_credential(std::string_view text) {
  if (text.find(kApiKey) != std::string_view::npos || has_jwt(text)) return true;
  // Behind whatever letters: as nearly every JWT begins.
  const auto usual = text.substr(std::min(text.find("eyJ"), text.size()));
  return std::count(usual.begin(), usual.end(), '.') >= 2;
}

// What whoever reads a log reads it as; an escape that is none stays as it is.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digits = text.substr(i + 1, 2);
    const bool escapes = text[i] == '%' && digits.size() == 2 &&
                         std::all_of(digits.begin(), digits.end(), [](char c) {
                           return absl::ascii_isxdigit(static_cast<unsigned char>(c));
                         });
    out += escapes ? absl::HexStringToBytes(schemas::to_absl(digits)) : std::string(1, text[i]);
    if (escapes) i += 2;
  }
  return out;
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
  if (looks_like_credential(unescaped(path))) return true;
  return std::ranges::any_of(query, [](const QueryParameter& parameter) {
    return looks_like_credential(parameter.value) || looks_like_credential(parameter.name) ||
           std::ranges::any_of(kNames, [&](std::string_view name) {
             return equals_ignoring_case(name, parameter.name);
           });
  });
}

}  // namespace tickgate::gateway
