// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/address_watch.h"

#include <chrono>

#include "feeds/log/log.h"

namespace tickgate::gateway {
namespace {

constexpr std::chrono::minutes kRound{1};
// Of fewer, half are nothing to speak of.
constexpr std::uint32_t kMany = 100;

}  // namespace

bool holds_half(const AddressTable::Heaviest& most) {
  return most.connections >= kMany && most.connections >= most.all - most.connections;
}

void AddressWatch::start() {
  timer_.expires_after(kRound);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error || stopped_) return;
    look();
    start();
  });
}

void AddressWatch::stop() {
  stopped_ = true;
  timer_.cancel();
}

void AddressWatch::look() {
  const auto most = addresses_.heaviest();
  if (!holds_half(most)) return;
  feeds::log::warning(
      "gateway.http", "one address has half of all connections",
      {{"address", most.address},
       {"connections", most.connections},
       {"of", most.all},
       {"hint", "a proxy: server.trusted_proxies; else limits.connections_per_address"}});
}

}  // namespace tickgate::gateway
