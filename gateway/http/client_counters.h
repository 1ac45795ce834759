// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "feeds/publish/counter.h"
#include "gateway/http/http_refusal.h"
#include "gateway/protocol/close_code.h"

namespace tickgate::gateway {

// What one listener's thread counts of its clients. Written by that thread, read by who scrapes.
struct ClientCounters {
  feeds::Gauge connections;           // streams open now
  feeds::Counter connections_opened;  // streams, since the start
  feeds::Counter http_requests;       // answered without an upgrade
  std::array<feeds::Counter, kHttpRefusals> refused;
  std::array<feeds::Counter, kCloseReasons> closed;
  feeds::Counter frames_sent;
  feeds::Counter bytes_sent;
  feeds::Counter messages_received;
  feeds::Counter bad_requests;
  feeds::Counter rate_limited;
  feeds::Counter degraded;         // clients that fell behind, each episode once
  feeds::Gauge unsent_bytes;       // composed, not taken by sockets yet
  feeds::Counter accept_failures;  // no descriptors, no memory
  feeds::Counter accepts_paced;    // turns of accepting that ended since enough had come
  feeds::Counter out_of_memory;    // streams and visitors that were ended for want of it
};

}  // namespace tickgate::gateway
