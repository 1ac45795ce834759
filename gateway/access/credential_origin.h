// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "gateway/access/entitlement.h"
#include "gateway/access/sha256.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

// What a grant was made of: by it a later guard finds out what the same credential gives now. No
// secret: digests, and what the credential says.
struct CredentialOrigin {
  std::string subject, plan, credential;  // as in Grant
  std::string api_key;                    // the id; empty: it is another
  Digest key{};                           // of the API key, or the thumbprint of the token's key
  Entitlement own;
  std::optional<schemas::Timestamp> issued, expires;
  std::string certificate{};  // the name by which it is mapped; empty: it is none
};

}  // namespace tickgate::gateway
