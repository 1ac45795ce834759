// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/address_table.h"

#include <algorithm>
#include <random>

#include "absl/cleanup/cleanup.h"
#include "schemas/check.h"

namespace tickgate::gateway {
namespace {

constexpr std::uint32_t kWide = 8;  // times the limit of a /64 has its /48
constexpr Monotonic kSecond = std::chrono::seconds(1);
constexpr Monotonic kMinute = std::chrono::minutes(1);

bool is_four(const PeerAddress& address) {
  const auto& bytes = address.bytes;
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](auto byte) { return byte == 0; }) &&
         bytes[10] == 0xFF && bytes[11] == 0xFF;
}

std::uint64_t number(const AddressBytes& bytes, std::size_t from, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = from; i < from + count; ++i) value = value << 8U | bytes.at(i);
  return value;
}

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

std::string text_of(std::uint64_t host) {
  if (host == 0) return "::/64";  // where ::1 is
  PeerAddress address;
  const bool four = host >> 32U == 0;
  if (four) address.bytes[10] = address.bytes[11] = 0xFF;
  for (std::size_t i = 0; i < (four ? 4 : 8); ++i) {
    address.bytes.at(four ? 15 - i : 7 - i) = static_cast<std::uint8_t>(host >> 8U * i & 0xFFU);
  }
  return address_text(address) + (four ? "" : "/64");
}

}  // namespace

std::uint64_t host_of(const PeerAddress& address) {
  return is_four(address) ? number(address.bytes, 12, 4) : number(address.bytes, 0, 8);
}

// None of an IPv4 address; nor of ::/32, where no network is.
std::optional<AddressTable::Prefix> AddressTable::wide(std::uint64_t host) {
  if (host >> 32U == 0) return std::nullopt;
  return Prefix{host & ~std::uint64_t{0xFFFF}, true};
}

AddressTable::AddressTable(Limits limits, std::uint64_t seed)
    : rates_(kEntries, seed), stripes_(stripes(rates_, std::make_index_sequence<kStripes>{})) {
  set_limits(limits);
}

AddressTable::AddressTable(Limits limits) : AddressTable(limits, random_seed()) {}

void AddressTable::set_limits(Limits limits) {
  connections_.store(limits.connections, std::memory_order_relaxed);
  handshakes_.store(limits.handshakes_per_second, std::memory_order_relaxed);
  failures_.store(limits.failures_per_minute, std::memory_order_relaxed);
}

// Tells what one did from what he did else, and a /48 from its first /64.
std::uint64_t AddressTable::key(const Prefix& prefix, Act act) {
  const std::uint64_t kind = (act == Act::kFailure ? 2U : 0U) + (prefix.wide ? 1U : 0U);
  return prefix.bits ^ kind * 0x9E3779B97F4A7C15U;
}

AddressRates::Rate AddressTable::rate(std::uint32_t count, Monotonic within, bool wide) {
  const auto most = count * (wide ? kWide : 1U);
  return {std::max(within / most, Monotonic{1}), most};
}

bool AddressTable::take(std::uint64_t host, Act act, std::uint32_t count, Monotonic within,
                        Monotonic now) {
  if (count == 0) return true;
  if (!rates_.take(key({host, false}, act), rate(count, within, false), now)) return false;
  const auto network = wide(host);
  return !network || rates_.take(key(*network, act), rate(count, within, true), now);
}

bool AddressTable::add(const Prefix& prefix, std::uint32_t most) {
  auto& part = stripe(prefix);
  const std::lock_guard lock(part.mutex);
  const auto found = part.open.find(prefix);
  if (found == part.open.end()) {
    part.open.emplace(prefix, 1U);
    return true;
  }
  if (most > 0 && found->second >= most) return false;
  ++found->second;
  return true;
}

void AddressTable::remove(const Prefix& prefix) {
  auto& part = stripe(prefix);
  const std::lock_guard lock(part.mutex);
  const auto found = part.open.find(prefix);
  TICKGATE_CHECK(found != part.open.end());
  if (--found->second == 0) part.open.erase(found);
}

std::optional<AddressTable::Refusal> AddressTable::enter(const PeerAddress& address,
                                                         Monotonic now) {
  const auto handshakes = handshakes_.load(std::memory_order_relaxed);
  const auto host = host_of(address);
  if (!take(host, Act::kHandshake, handshakes, kSecond, now)) return Refusal::kHandshakes;
  const auto most = connections_.load(std::memory_order_relaxed);
  if (!add({host, false}, most)) return Refusal::kConnections;
  absl::Cleanup take_back = [&] { remove({host, false}); };
  const auto network = wide(host);
  if (network && !add(*network, most * kWide)) return Refusal::kConnections;
  std::move(take_back).Cancel();
  all_.fetch_add(1, std::memory_order_relaxed);
  return std::nullopt;
}

void AddressTable::leave(const PeerAddress& address) {
  const auto host = host_of(address);
  remove({host, false});
  if (const auto network = wide(host)) remove(*network);
  all_.fetch_sub(1, std::memory_order_relaxed);
}

bool AddressTable::may_try(std::uint64_t host, Monotonic now) const {
  const auto count = failures_.load(std::memory_order_relaxed);
  if (count == 0) return true;
  const auto may = [&](const Prefix& prefix) {
    return rates_.has_left(key(prefix, Act::kFailure), rate(count, kMinute, prefix.wide), now);
  };
  const auto network = wide(host);
  return may({host, false}) && (!network || may(*network));
}

void AddressTable::failed(std::uint64_t host, Monotonic now) {
  const auto count = failures_.load(std::memory_order_relaxed);
  if (count == 0) return;
  const auto spend = [&](const Prefix& prefix) {
    rates_.spend(key(prefix, Act::kFailure), rate(count, kMinute, prefix.wide), now);
  };
  spend({host, false});
  if (const auto network = wide(host)) spend(*network);
}

AddressTable::Heaviest AddressTable::heaviest() const {
  std::uint64_t host = 0;
  std::uint32_t most = 0;
  for (const auto& part : stripes_) {
    const std::lock_guard lock(part.mutex);
    for (const auto& [prefix, count] : part.open) {
      if (prefix.wide || count <= most) continue;
      host = prefix.bits;
      most = count;
    }
  }
  return {most > 0 ? text_of(host) : "", most, open()};
}

}  // namespace tickgate::gateway
