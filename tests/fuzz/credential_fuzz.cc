// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "gateway/access/api_key.h"
#include "gateway/access/base64url.h"
#include "gateway/access/credential_guard.h"
#include "gateway/access/key_set.h"
#include "gateway/access/token.h"

namespace {

using namespace tickgate::gateway;  // NOLINT(google-build-using-namespace)

constexpr tickgate::schemas::Timestamp kNow{1'800'000'000'000'000};

void demand(bool holds) {
  if (!holds) std::abort();
}

std::string base64url(std::string_view text) {
  auto out = absl::WebSafeBase64Escape({text.data(), text.size()});
  return out.substr(0, out.find('='));
}

// What is signed by us is trusted for its signature only.
void look_at_claims(std::string_view payload) {
  TokenClaims claims;
  if (read_token_claims(base64url(payload), {"", "", 86'400}, kNow, claims) != ClaimsFault::kNone) {
    return;
  }
  demand(!claims.subject.empty() && claims.subject.size() <= 256);
  demand(claims.expires.value() > kNow.value() - kClockSkew);
  demand(claims.expires.value() <= kNow.value() + kClockSkew + 86'400'000'000);
  demand(!claims.entitlement.depth ||
         (*claims.entitlement.depth >= 1 && *claims.entitlement.depth <= Grant::kMostDepth));
  demand(claims.entitlement.delay_s.value_or(0) <= 86'400);
}

void look_at_token(std::string_view text) {
  if (const auto head = read_token_head(text)) {
    demand(text.size() > head->signed_text.size() && !head->signature.empty());
  }
  if (const auto bytes = decode_base64url(text)) demand(base64url(*bytes) == text);
  static const CredentialGuard guard(GuardSettings{});
  demand(guard.check(text, kNow).verdict == Verdict::kRefused);
}

void look_at_key_file(std::string_view text) {
  const auto keys = ApiKeys::parse(text, kNow);
  if (!keys.ok()) return;
  for (const auto& [id, key] : keys->all()) {
    const auto again = read_api_key_line(api_key_line(key));
    demand(again.ok() && api_key_line(*again) == api_key_line(key));
  }
}

void look_at_key_set(std::string_view text) {
  const auto set = KeySet::parse(text, KeySet::From::kUrl);
  if (!set.ok()) return;
  demand(!set->keys.empty() && set->keys.size() <= KeySet::kMostKeys);
  for (const auto& key : set->keys) {
    demand(key.key.algorithm() != SignatureAlgorithm::kHs256);
    demand(!key.key.verifies("text", text));
  }
}

}  // namespace

// A token, what is within one, a JWK set and a file of API keys, whatever they hold.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are text here
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  look_at_token(text);
  look_at_claims(text);
  look_at_key_file(text);
  look_at_key_set(text);
  return 0;
}
