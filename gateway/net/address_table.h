// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "gateway/net/address_rates.h"
#include "gateway/net/peer.h"

namespace tickgate::gateway {

// Whom an address stands for: an IPv4 address, or the 64 bits of IPv6 that one host is given.
std::uint64_t host_of(const PeerAddress& address);

// What one address may do, over all shards: how many connections it has open, how often it comes,
// how often it is wrong about a credential. An IPv4 address is one; of IPv6 a /64 is, and a /48,
// which is what one customer is given, may eight times as much. Who is open is counted exactly,
// what was done lately in a table that forgets (AddressRates). Any thread; touched when somebody
// comes, fails or goes, and never by a tick.
class AddressTable {
 public:
  // 0: no limit.
  struct Limits {
    std::uint32_t connections = 0;
    std::uint32_t handshakes_per_second = 0;
    std::uint32_t failures_per_minute = 0;
  };
  enum class Refusal : std::uint8_t { kConnections, kHandshakes };

  // `seed` is a secret of this process; see AddressRates.
  AddressTable(Limits limits, std::uint64_t seed);
  explicit AddressTable(Limits limits);

  // At any time: whoever is counted stays so.
  void set_limits(Limits limits);

  // He comes. nullopt: counted, until leave(). Throws std::bad_alloc, and then he is not.
  std::optional<Refusal> enter(const PeerAddress& address, Monotonic now);
  void leave(const PeerAddress& address);

  // May who has host_of() this show a credential? False after too many bad ones; ask before it is
  // looked at, since that is what costs time.
  bool may_try(std::uint64_t host, Monotonic now) const;
  // He has shown a bad one.
  void failed(std::uint64_t host, Monotonic now);

  // Who has most connections. It looks at all of them: a few times a minute.
  struct Heaviest {
    std::string address;  // as a network, if it is one of IPv6: 2001:db8:0:1::/64
    std::uint32_t connections = 0;
    std::uint32_t all = 0;  // of everybody
  };
  Heaviest heaviest() const;
  std::uint32_t open() const { return all_.load(std::memory_order_relaxed); }

 private:
  enum class Act : std::uint8_t { kHandshake, kFailure };
  struct Prefix {
    std::uint64_t bits;
    bool wide;  // a /48
    friend bool operator==(const Prefix&, const Prefix&) = default;
  };
  struct Hash {
    const AddressRates* rates;
    std::size_t operator()(const Prefix& prefix) const {
      return rates->hidden(prefix.bits ^ (prefix.wide ? 1U : 0U));
    }
  };
  struct alignas(64) Stripe {
    explicit Stripe(const AddressRates& rates) : open(0, Hash{&rates}) {}
    mutable std::mutex mutex;
    std::unordered_map<Prefix, std::uint32_t, Hash> open;  // under the mutex
  };

  static constexpr std::size_t kStripes = 16;
  static constexpr std::size_t kEntries = 1U << 18U;

  template <std::size_t... kIndexes>
  static std::array<Stripe, kStripes> stripes(const AddressRates& rates,
                                              std::index_sequence<kIndexes...>) {
    return {(static_cast<void>(kIndexes), Stripe(rates))...};
  }
  static std::optional<Prefix> wide(std::uint64_t host);
  static std::uint64_t key(const Prefix& prefix, Act act);
  static AddressRates::Rate rate(std::uint32_t count, Monotonic within, bool wide);
  bool take(std::uint64_t host, Act act, std::uint32_t count, Monotonic within, Monotonic now);
  bool add(const Prefix& prefix, std::uint32_t most);
  void remove(const Prefix& prefix);
  Stripe& stripe(const Prefix& prefix) {
    return stripes_[Hash{&rates_}(prefix) >> 32U & (kStripes - 1)];
  }

  std::atomic<std::uint32_t> connections_, handshakes_, failures_;  // relaxed: each by itself
  std::atomic<std::uint32_t> all_{0};                               // relaxed: a count
  AddressRates rates_;
  std::array<Stripe, kStripes> stripes_;
};

// That somebody has entered, until this ends.
class AddressStay {
 public:
  AddressStay() = default;
  // He has: `limits`, which may be null, outlives this.
  AddressStay(AddressTable* limits, const PeerAddress& address)
      : limits_(limits), address_(address) {}
  AddressStay(AddressStay&& other) noexcept
      : limits_(std::exchange(other.limits_, nullptr)), address_(other.address_) {}
  AddressStay& operator=(AddressStay&& other) noexcept {
    end();
    limits_ = std::exchange(other.limits_, nullptr);
    address_ = other.address_;
    return *this;
  }
  ~AddressStay() { end(); }

  void end() {
    if (auto* const limits = std::exchange(limits_, nullptr)) limits->leave(address_);
  }
  // Somebody else calls leave().
  void hand_over() { limits_ = nullptr; }

 private:
  AddressTable* limits_ = nullptr;
  PeerAddress address_;
};

}  // namespace tickgate::gateway
