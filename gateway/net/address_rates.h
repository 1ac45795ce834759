// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "gateway/net/clock.h"

namespace tickgate::gateway {

// How often each of very many may do something, in memory that does not grow: a table of sets of
// eight. One that is full gives the place of him who owes least, so strangers displace strangers
// and nobody who is near his limit; whoever is displaced begins anew. Each has one moment, by which
// all that he did is paid for (GCRA: ITU-T I.371). Any thread; a mutex of sixteen for each call.
class AddressRates {
 public:
  // Once each `every`, and `burst` (> 0) at once.
  struct Rate {
    Monotonic every;
    std::uint32_t burst;
  };

  // `entries`: a power of two, 128 or more, of 16 bytes each; untouched they take no memory. The
  // seed is secret, or whose places collide could be known. Throws std::bad_alloc.
  AddressRates(std::size_t entries, std::uint64_t seed);

  // False: he has nothing left; nothing is taken then.
  bool take(std::uint64_t who, Rate rate, Monotonic now);
  bool has_left(std::uint64_t who, Rate rate, Monotonic now) const;
  // Though he have nothing left; who goes on and on owes no more than a burst.
  void spend(std::uint64_t who, Rate rate, Monotonic now);

  // One to one, and not to be foreseen without the seed.
  std::uint64_t hidden(std::uint64_t who) const;

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kStripes = 16;

  struct Entry {
    std::uint64_t who;    // hidden()
    Monotonic::rep paid;  // past: he owes nothing, and the place is free
  };
  struct Set {
    std::array<Entry, kWays> entries;
  };
  struct Free {
    void operator()(Set* sets) const { std::free(sets); }
  };
  struct alignas(64) Stripe {
    std::mutex mutex;
  };

  std::size_t index(std::uint64_t who) const { return who & (sets_count_ - 1); }
  std::mutex& mutex(std::size_t set) const { return stripes_[set % kStripes].mutex; }
  static Entry* find(Set& set, std::uint64_t who);
  static Entry& place(Set& set, std::uint64_t who);

  std::size_t sets_count_;
  std::uint64_t seed_;
  std::unique_ptr<Set[], Free> sets_;  // each under its stripe's mutex
  mutable std::array<Stripe, kStripes> stripes_;
};

}  // namespace tickgate::gateway
