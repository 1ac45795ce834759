// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/token.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "gateway/access/base64url.h"
#include "gateway/access/claims_reader.h"
#include "gateway/access/printable_text.h"
#include "gateway/access/strict_json.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMostHeader = 1024;

bool is_for_us(dom::object header) {
  // What would change the meaning of the rest is not understood, whatever it says.
  constexpr std::array<std::string_view, 4> kRefused = {"crit", "b64", "zip", "enc"};
  if (std::any_of(kRefused.begin(), kRefused.end(),
                  [&](std::string_view name) { return has_member(header, name); })) {
    return false;
  }
  const auto type = text_member(header, "typ");
  if (!type.given) return true;
  // "application/" may stand before it or be left out (RFC 7515, 4.1.9; RFC 9068, 4).
  auto text = schemas::to_absl(type.value.value_or(""));
  constexpr absl::string_view kBefore = "application/";
  if (absl::StartsWithIgnoreCase(text, kBefore)) text.remove_prefix(kBefore.size());
  return absl::EqualsIgnoreCase(text, "JWT") || absl::EqualsIgnoreCase(text, "at+jwt");
}

// A text, or a list of texts of which one will do (RFC 7519, 4.1.3).
bool is_audience(dom::object payload, std::string_view audience) {
  dom::element element;
  if (payload["aud"].get(element) != simdjson::SUCCESS) return false;
  const auto is_ours = [audience](dom::element item) {
    std::string_view text;
    return item.get(text) == simdjson::SUCCESS && text == audience;
  };
  dom::array items;
  if (element.get(items) != simdjson::SUCCESS) return is_ours(element);
  return std::any_of(items.begin(), items.end(), is_ours);
}

bool is_foreign(dom::object payload, const TokenRules& rules) {
  if (!rules.issuer.empty() && text_member(payload, "iss").value != rules.issuer) return true;
  return !rules.audience.empty() && !is_audience(payload, rules.audience);
}

bool read_entitlement(dom::object payload, TokenClaims& claims) {
  if (!has_member(payload, "tickgate")) return true;
  dom::object ours;
  if (payload["tickgate"].get(ours) != simdjson::SUCCESS) return false;
  std::string wrong;
  auto read = read_claims(ours, {}, wrong);
  if (!read) return false;
  claims.plan = std::move(read->plan);
  claims.entitlement = std::move(read->entitlement);
  return true;
}

}  // namespace

std::optional<TokenHead> read_token_head(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  TokenHead head;
  head.signed_text = token.substr(0, second);
  head.payload = token.substr(first + 1, second - first - 1);
  const auto header = decode_base64url(token.substr(0, first));
  auto signature = decode_base64url(token.substr(second + 1));
  if (!header || !signature || header->size() > kMostHeader) return std::nullopt;
  StrictJson parsed;
  if (!parsed.parse(*header) || !is_for_us(parsed.root())) return std::nullopt;
  const auto alg = text_member(parsed.root(), "alg");
  const auto kid = text_member(parsed.root(), "kid");
  if (!alg.value || kid.wrong()) return std::nullopt;
  head.alg = *alg.value;
  if (kid.value) head.kid = std::string(*kid.value);
  head.signature = *std::move(signature);
  return head;
}

ClaimsFault read_token_claims(std::string_view payload, const TokenRules& rules,
                              schemas::Timestamp now, TokenClaims& claims) {
  const auto text = decode_base64url(payload);
  StrictJson parsed;
  if (!text || !parsed.parse(*text)) return ClaimsFault::kMalformed;
  const auto root = parsed.root();
  const auto subject = text_member(root, "sub");
  std::optional<schemas::Timestamp> expires, from;
  if (!subject.value || !is_printable(*subject.value, kMostSubject) ||
      !read_time(root, "exp", expires) || !expires || !read_time(root, "nbf", from) ||
      !read_time(root, "iat", claims.issued) || !read_entitlement(root, claims)) {
    return ClaimsFault::kMalformed;
  }
  if (is_foreign(root, rules)) return ClaimsFault::kForeign;
  claims.subject = *subject.value;
  claims.expires = *expires;
  const auto latest = now.value() + kClockSkew;
  if ((from && from->value() > latest) || (claims.issued && claims.issued->value() > latest) ||
      expires->value() > latest + rules.longest_s * kTimeUnit) {
    return ClaimsFault::kTime;
  }
  return expires->value() + kClockSkew <= now.value() ? ClaimsFault::kExpired : ClaimsFault::kNone;
}

}  // namespace tickgate::gateway
