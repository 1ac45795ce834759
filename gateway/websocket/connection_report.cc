// SPDX-License-Identifier: Apache-2.0
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "gateway/websocket/connection.h"

// What a connection tells operators of its client.
namespace tickgate::gateway {
namespace {

std::uint64_t queued_by_kernel(int descriptor) {
  int queued = 0;
  const bool known = ::ioctl(descriptor, SIOCOUTQ, &queued) == 0 && queued > 0;
  return known ? static_cast<std::uint64_t>(queued) : 0;
}

}  // namespace

Slowness Connection::slowness() const {
  const auto descriptor = const_cast<Socket&>(socket_).native_handle();  // Asio has no const one
  return {unsent_.size() + replies.size(), queued_by_kernel(descriptor), round_trip_};
}

ClientReport Connection::report(const Slowness& slowness, Monotonic now,
                                schemas::Timestamp wall) const {
  ClientReport report;
  report.address = peer_text(peer_, peer_port_);
  if (grant != nullptr) {
    report.subject = grant->subject;
    report.credential_kind = credential_kind(*grant);
  }
  const auto tenths = static_cast<std::uint32_t>(now / std::chrono::milliseconds(100)) - opened_;
  report.since = schemas::Timestamp{wall.value() - std::int64_t{100'000} * tenths};
  outbox.for_each([&](SlotIndex, const Slot& slot) {
    ++report.subscriptions[static_cast<std::size_t>(slot.channel)];
  });
  report.patterns = patterns == nullptr ? 0 : static_cast<std::uint32_t>(patterns->size());
  report.interval_ms = outbox.shortest_interval_ms();
  report.floor_ms = outbox.floor_ms();
  report.slowness = slowness;
  report.objects_sent = objects_sent;
  report.bytes_sent = bytes_sent_;
  report.folded = folded;
  report.refused = bad_requests_;
  report.rate_limited = rate_limited_;
  report.closing = is_leaving();
  return report;
}

}  // namespace tickgate::gateway
