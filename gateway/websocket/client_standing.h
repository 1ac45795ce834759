// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gateway/access/checkpoint.h"
#include "gateway/access/grant.h"
#include "gateway/net/clock.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

// When somebody whose credential expires is told so, and when his stream ends.
struct CredentialLife {
  schemas::Timestamp expires{INT64_MAX};
  schemas::Timestamp notice{INT64_MAX};  // from then on
  schemas::Timestamp end{INT64_MAX};     // of a token up to a minute behind `expires`
};

// Spread by a random number, so that those who began together neither renew together nor come back
// together: the notice in the last tenth of what is left, 30 to 120 s before it expires; the end of
// what ends_late() within what is left of the minute behind it.
CredentialLife life_of(const Grant& grant, schemas::Timestamp now, std::uint64_t random);

// How a client of a guarded gateway stands, beside what it is granted. Of those of an open one
// there is none.
struct ClientStanding {
  // A credential whose key is being fetched.
  struct Waiting {
    std::string id;     // of its request
    std::string token;  // a secret
    Monotonic until{};
  };

  std::uint64_t host = 0;        // host_of() its address
  std::uint64_t generation = 0;  // of the guard that was asked last
  Monotonic deadline{};          // for its first credential
  SubjectCounts::Place place;    // among its subject's streams, or among those of nobody yet
  CredentialLife life;
  std::unique_ptr<Waiting> waiting;
  bool noticed = false;     // it was told that its credential expires
  bool review_due = false;  // once its request is done: another guard is asked now
};

}  // namespace tickgate::gateway
