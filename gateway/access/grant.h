// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/access/symbol_list.h"
#include "schemas/ids.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {

struct CredentialOrigin;

// What a credential gives its holder: in each respect the stricter of what it says itself and of
// its plan, and where neither says anything, auth.defaults. Immutable and shared by all connections
// of one credential; any thread.
struct Grant {
  // Levels of a side that anybody is served, over plain HTTP; the stream has 25 of them.
  static constexpr std::uint16_t kMostDepth = 5'000;

  std::string subject;     // whose it is: printable, at most 256 bytes; never empty
  std::string plan;        // the plan's name; empty: none
  std::string credential;  // which one it was, for logs and the ledger: "jwt:KID", "key:ID",
                           // "certificate:SHA256". No secret.

  // An instrument is had if each of these lists covers it: one list of each that limits it (claim,
  // plan). No list: every instrument.
  std::vector<SymbolList> symbols;
  std::uint8_t channels = (1U << schemas::kChannelCount) - 1;  // a bit for each schemas::Channel
  std::uint16_t depth = kMostDepth;                            // levels of a book, 1..kMostDepth
  std::uint32_t min_interval_ms = 0;                           // between two updates, 0..60000
  std::uint32_t delay_s = 0;        // everything comes so much later, 0..86400
  std::uint32_t connections = 0;    // streams of this subject at once, over all shards; 0: no limit
  std::uint32_t subscriptions = 0;  // of one connection; 0: no limit but the gateway's own
  // As the credential says; nullopt: never. A token is taken for up to a minute longer, see
  // ends_late(): Guard reckons with that, both at the door and in renewed().
  std::optional<schemas::Timestamp> expires;

  // For the guard, which judges it anew by it; nobody else looks at it.
  std::shared_ptr<const CredentialOrigin> origin;

  bool allows(schemas::Channel channel) const {
    return (channels >> static_cast<unsigned>(channel) & 1U) != 0;
  }
  bool allows(const schemas::Instrument& instrument) const;
};

// By which kind of credential it was granted: "jwt", "key" or "certificate".
std::string_view credential_kind(const Grant& grant);

// Whether it is good for kClockSkew behind its end: a token is, whose issuer's clock may differ
// from ours. An API key was made by our clock, and a certificate is what TLS says of it by that.
bool ends_late(const Grant& grant);

// What its holder is told where nothing is held back for as long as its delay.
std::string delay_refusal(const Grant& grant);

}  // namespace tickgate::gateway
