// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "feeds/nats/nats_client.h"

namespace tickgate::feeds {

// One of several may have it at a time, for kTtl since it was last renewed by the server's clock: a
// key of a bucket, whose value says who. One thread's; its calls wait for answers, each kWait at
// most.
class Lease {
 public:
  static constexpr std::chrono::milliseconds kTtl{1'500};
  static constexpr std::chrono::milliseconds kRenewal{400};  // how often to renew()
  static constexpr std::chrono::milliseconds kPoll{100};     // how often to try take()
  static constexpr std::chrono::milliseconds kWait{400};
  static constexpr std::chrono::seconds kLook{10};  // how often it is looked who has it

  // `bucket` of the key-value store, made where it is missing; `holder` is shown to the others.
  // The client outlives it.
  Lease(NatsClient& client, std::string bucket, std::string holder, int replicas = 1);

  // From now on by this one, which outlives it.
  void use(NatsClient& client) { client_ = &client; }

  // The fence: greater with every taking, by anybody, as long as the bucket is; and than `above`,
  // the greatest the caller has heard of, where somebody has deleted the bucket. AlreadyExists:
  // another has it, and the message is who. Any other error: nobody knows.
  absl::StatusOr<std::uint64_t> take(std::uint64_t above = 0);

  enum class Held : std::uint8_t {
    kMine,
    kUnconfirmed,  // no answer: nobody else can take it without one either, so hold on, and say so
    kLost,         // another's, or it ran out: stop at once
  };
  // After take(). What was lost stays lost until it is taken again.
  Held renew();
  // Gives it up, so that another may take it at once; without an answer it runs out.
  void release();

  std::uint64_t fence() const { return fence_; }  // of the last taking

 private:
  std::uint64_t begin(std::uint64_t revision, std::uint64_t above);
  absl::StatusOr<std::uint64_t> refused(std::uint64_t above);
  Held look();
  Held lose();
  bool is_gone();
  absl::Status make_bucket();

  NatsClient* client_;
  std::string holder_, stream_, subject_, bucket_;
  int replicas_;
  std::string value_;  // what we wrote: nobody else writes the same
  std::string other_;  // who had it at the last look
  std::chrono::steady_clock::time_point looked_{};
  bool doubt_ = false;  // our last try had no answer, and may have been stored
  std::uint64_t fence_ = 0, revision_ = 0;
  bool held_ = false;
};

}  // namespace tickgate::feeds
