// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/access/entitlement.h"
#include "gateway/access/signature_key.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

// A JWT in its compact form (RFC 7515, 7519), read in two steps, so that nothing of its payload is
// looked at before its signature is found to be right.

// What its head says. The views live as long as the token.
struct TokenHead {
  std::string alg;                 // any text
  std::optional<std::string> kid;  // any text
  std::string_view signed_text;    // what the signature is of
  std::string_view payload;        // in base64url
  std::string signature;           // decoded
};

// nullopt: it has not three parts, a part is not base64url in its one form, the header is longer
// than 1 KiB or no JSON object with each name once, it has what would change the meaning of the
// rest (crit, b64, zip, enc), or it is a token for something else (typ).
std::optional<TokenHead> read_token_head(std::string_view token);

// What its payload says. Of a token that is rightly signed.
struct TokenClaims {
  std::string subject;
  std::string plan;  // empty: none is named
  Entitlement entitlement;
  schemas::Timestamp expires{};
  std::optional<schemas::Timestamp> issued;
};

struct TokenRules {
  std::string issuer, audience;            // empty: not asked for
  std::int64_t longest_s = 366L * 86'400;  // a token that ends later than so long from now is none
};

// By how much clocks may differ, ours and that of who issues.
inline constexpr std::int64_t kClockSkew = 60'000'000;  // us

enum class ClaimsFault : std::uint8_t {
  kNone,
  kMalformed,  // no JSON object as StrictJson has it, or a claim that is not what it should be
  kForeign,    // of another issuer, or for another audience
  kTime,       // not valid yet, or for too long
  kExpired,    // all else is right
};

// The claims, or what is wrong with them (then they are not to be looked at).
ClaimsFault read_token_claims(std::string_view payload, const TokenRules& rules,
                              schemas::Timestamp now, TokenClaims& claims);

}  // namespace tickgate::gateway
