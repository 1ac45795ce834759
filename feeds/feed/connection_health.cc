// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/connection_health.h"

namespace tickgate::feeds {
namespace {

// Messages may come while no instrument moves: that long, in idle timeouts, and we start anew.
constexpr int kAllStaleFactor = 10;

}  // namespace

void ConnectionHealth::open(Monotonic now) {
  last_byte_ = last_message_ = confirmed_ = now;
  all_stale_since_ = Monotonic::max();
  rhythm_.resume(now);
}

void ConnectionHealth::close() {
  silent_ = false;
  unreadable_in_row_ = 0;
}

void ConnectionHealth::on_pause(Monotonic now) {
  last_byte_ = last_message_ = confirmed_ = now;
  rhythm_.resume(now);
}

void ConnectionHealth::confirm(Monotonic now) {
  if (silent_ || beats_ != Monotonic::max()) return;  // heartbeats are due all the same
  confirmed_ = now;
  rhythm_.confirm();
}

std::string_view ConnectionHealth::verdict(Monotonic now) const {
  if (now - last_byte_ > idle_timeout_) return "no byte for the idle timeout";
  // Pings are answered, but nothing is said: what only pings may be a proxy.
  if (now - last_message_ > 3 * std::max(idle_timeout_, patience())) return "bytes, but no message";
  if (all_stale_since_ != Monotonic::max() &&
      now - all_stale_since_ > kAllStaleFactor * idle_timeout_) {
    return "messages, but every instrument is stale";
  }
  return {};
}

bool ConnectionHealth::check(Monotonic now) {
  if (silent_ || now - std::max(last_message_, confirmed_) <= patience()) return false;
  return silent_ = true;
}

void ConnectionHealth::set_all_stale(bool all_stale, Monotonic now) {
  if (!all_stale) {
    all_stale_since_ = Monotonic::max();
  } else if (all_stale_since_ == Monotonic::max()) {
    all_stale_since_ = now;
  }
}

}  // namespace tickgate::feeds
