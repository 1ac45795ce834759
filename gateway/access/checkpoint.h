// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "feeds/publish/counter.h"
#include "gateway/access/address_limits.h"
#include "gateway/access/guard.h"
#include "gateway/access/subject_counts.h"

namespace tickgate::gateway {

// How an attempt to say who one is went. Dense, so that a counter for each is an array.
enum class AuthResult : std::uint8_t {
  kGranted,
  kRefused,
  kExpired,
  kUnknownKey,  // its key is not held; as the outcome of an attempt: it did not come in time
  kLimited,     // not looked at: too many failed that came from there
  kTooMany,     // good, but its subject has as many streams as it may
  kNothing,     // none came in time
};
inline constexpr std::size_t kAuthResults = static_cast<std::size_t>(AuthResult::kNothing) + 1;

// Stable, for a metric's label: "granted", "refused", ...
std::string_view name(AuthResult result);

// With what somebody comes in. Moved from session to stream.
struct Admission {
  bool guarded = false;                // he has to say who he is, if `grant` is null
  std::shared_ptr<const Grant> grant;  // null: anybody's, or not known yet
  SubjectCounts::Place place;          // among the streams of its subject, or of nobody yet
  std::uint64_t generation = 0;        // of the guard that was asked
  std::uint64_t host = 0;              // host_of() his address
};

// Where the clients of one thread are asked who they are: the guard of the moment, how often an
// address may try, how many streams a subject may have, and what is counted of all that. That
// thread only, but for the counters.
class Checkpoint {
 public:
  // Handshakes and streams of this thread that may wait at the same time for a key to be fetched.
  static constexpr std::int64_t kMostParked = 100;

  struct Checked {
    AuthResult result{};
    std::shared_ptr<const Grant> grant;  // null unless granted
  };

  // All outlive this. `guard` null: everybody may have everything. `addresses` null: no limits.
  Checkpoint(const GuardHolder* guard, AddressLimits* addresses,
             std::shared_ptr<SubjectCounts> subjects)
      : holder_(guard), addresses_(addresses), subjects_(std::move(subjects)) {}

  // Does somebody have to say who he is?
  bool guarded() { return guard() != nullptr; }
  // Another one: what was said of anybody may be so no more.
  std::uint64_t generation() const { return holder_ == nullptr ? 0 : holder_->generation(); }

  // Counts what is final, which kUnknownKey is not. Granted without a grant where nobody has to say
  // who he is.
  Checked check(std::string_view credential, std::uint64_t host, schemas::Timestamp now);
  // The same for a stream that has its grant and renews it: looked at whatever others of its
  // address showed, who may be many behind one. A bad one ends the stream, so it has one try.
  Checked check_renewal(std::string_view credential, std::uint64_t host, schemas::Timestamp now);
  // The same of a certificate that TLS found good. nullopt: it is no credential here, and whoever
  // showed it is as one who shows nothing. No guess, so nothing is held against his address.
  std::optional<Checked> check(const ShownCertificate& shown, schemas::Timestamp now);
  // Counts how an attempt ended that check() had no answer to, or that never came there.
  void note(AuthResult result, std::uint64_t host);
  // nullptr: it is worth nothing any more. While guarded.
  std::shared_ptr<const Grant> renewed(const std::shared_ptr<const Grant>& grant,
                                       schemas::Timestamp now);
  // nullopt: see SubjectCounts; it is counted as kTooMany.
  std::optional<SubjectCounts::Place> enter(const std::shared_ptr<const Grant>& grant);
  // The same of a stream that is to show its credential in band. nullopt: so many have not yet.
  std::optional<SubjectCounts::Place> enter_unnamed() {
    return subjects_->enter_unnamed(most_unnamed_);
  }
  // Over all threads; who is counted stays so.
  void set_most_unnamed(std::uint32_t most) { most_unnamed_ = most; }

  // False: too many wait already.
  bool park();
  void unpark() { parked_.add(-1); }

  // Any thread.
  std::int64_t parked() const { return parked_.value(); }
  const feeds::Counter& count(AuthResult result) const {
    return counts_[static_cast<std::size_t>(result)];
  }

 private:
  const Guard* guard();

  const GuardHolder* holder_;
  AddressLimits* addresses_;
  std::shared_ptr<SubjectCounts> subjects_;
  std::uint32_t most_unnamed_ = UINT32_MAX;
  std::shared_ptr<const Guard> guard_;  // as of guard_generation_
  std::uint64_t guard_generation_ = UINT64_MAX;
  feeds::Gauge parked_;
  std::array<feeds::Counter, kAuthResults> counts_;
};

}  // namespace tickgate::gateway
