// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/connection_health.h"

#include <algorithm>

namespace tickgate::feeds {
namespace {

// Messages may come while no instrument moves: that long, in idle timeouts, and we start anew.
constexpr int kAllStaleFactor = 10;

}  // namespace

void ConnectionHealth::open(Monotonic now) {
  last_byte_ = last_message_ = speaking_since_ = now;
  all_stale_since_ = Monotonic::max();
  rhythm_.resume(now);
}

void ConnectionHealth::close() {
  silent_ = suspect_ = false;
  unreadable_in_row_ = 0;
}

void ConnectionHealth::speak_again(Monotonic now) {
  silent_ = false;
  suspect_ = true;
  speaking_since_ = now;
  rhythm_.resume(now);
}

std::string_view ConnectionHealth::verdict(Monotonic now) const {
  if (now - last_byte_ > idle_timeout_) return "no byte for the idle timeout";
  // Pings are answered, but nothing is said: what only pings may be a proxy.
  const auto patience = std::max(3 * idle_timeout_, 3 * rhythm_.patience(patience_));
  if (now - last_message_ > patience) return "bytes, but no message";
  if (all_stale_since_ != Monotonic::max() &&
      now - all_stale_since_ > kAllStaleFactor * idle_timeout_) {
    return "messages, but every instrument is stale";
  }
  return {};
}

ConnectionHealth::Change ConnectionHealth::check(Monotonic now) {
  if (!silent_ && now - last_message_ > rhythm_.patience(patience_)) {
    silent_ = true;
    return Change::kSilent;
  }
  if (suspect_ && !silent_ && now - speaking_since_ > stale_after_) {
    suspect_ = false;
    return Change::kTrusted;
  }
  return Change::kNone;
}

void ConnectionHealth::set_all_stale(bool all_stale, Monotonic now) {
  if (!all_stale) {
    all_stale_since_ = Monotonic::max();
  } else if (all_stale_since_ == Monotonic::max()) {
    all_stale_since_ = now;
  }
}

}  // namespace tickgate::feeds
