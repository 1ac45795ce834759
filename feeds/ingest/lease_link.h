// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "feeds/nats/nats_client.h"

namespace tickgate::feeds {

// The lease's own connection, to the server that the ingest's is connected to: who cannot be heard
// there does not lead by way of another. The lease is kept in files, and a server (nats-server
// 2.9.10) reads nothing more of a connection that would store into a file when the disk is full: a
// connection that has the ticks, too, would be lost with it. One thread's at a time.
class LeaseLink {
 public:
  // The ingest's connection, which outlives it, and how it is made.
  LeaseLink(NatsClient& main, NatsOptions options) : main_(main), options_(std::move(options)) {}

  // Waits for the connection, Lease::kWait at most; where there is none its calls fail at once.
  // Valid until the next call.
  NatsClient& client();

 private:
  void connect_to(const std::string& url);

  NatsClient& main_;
  NatsOptions options_;
  std::mutex mutex_;
  std::condition_variable connected_;
  std::uint64_t connects_ = 0;  // of the ingest's: with another one ours is made anew, at once
  std::unique_ptr<NatsClient> client_;  // the last: it calls back
};

// These, for one server alone: with TLS where any of theirs had it.
NatsOptions only_to(NatsOptions options, const std::string& url);

}  // namespace tickgate::feeds
