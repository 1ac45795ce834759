// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/address_rates.h"

#include <algorithm>
#include <bit>
#include <new>

#include "schemas/check.h"

namespace tickgate::gateway {
namespace {

// The finalizer of splitmix64, which is one to one.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30U) * 0xBF58476D1CE4E5B9U;
  value = (value ^ value >> 27U) * 0x94D049BB133111EBU;
  return value ^ value >> 31U;
}

// Until when there is room: all that is paid for later is a burst already.
Monotonic::rep most_ahead(AddressRates::Rate rate) {
  return rate.every.count() * (std::int64_t{rate.burst} - 1);
}

}  // namespace

AddressRates::AddressRates(std::size_t entries, std::uint64_t seed)
    : sets_count_(entries / kWays),
      seed_(seed),
      sets_(static_cast<Set*>(std::calloc(entries / kWays, sizeof(Set)))) {
  TICKGATE_CHECK(std::has_single_bit(entries) && sets_count_ >= kStripes);
  if (sets_ == nullptr) throw std::bad_alloc();
}

std::uint64_t AddressRates::hidden(std::uint64_t who) const {
  return mixed(mixed(who ^ seed_) + (seed_ << 32U | seed_ >> 32U));
}

AddressRates::Entry* AddressRates::find(Set& set, std::uint64_t who) {
  const auto found = std::ranges::find(set.entries, who, &Entry::who);
  return found == set.entries.end() ? nullptr : &*found;
}

// His own, or his who owes least, who is forgotten.
AddressRates::Entry& AddressRates::place(Set& set, std::uint64_t who) {
  if (auto* const own = find(set, who)) return *own;
  auto& least = *std::ranges::min_element(set.entries, {}, &Entry::paid);
  least = {who, 0};
  return least;
}

bool AddressRates::take(std::uint64_t who, Rate rate, Monotonic now) {
  const auto hides = hidden(who);
  const auto at = index(hides);
  const std::lock_guard lock(mutex(at));
  const auto* const known = find(sets_[at], hides);
  const auto paid = std::max(known == nullptr ? 0 : known->paid, now.count());
  if (paid - now.count() > most_ahead(rate)) return false;
  place(sets_[at], hides).paid = paid + rate.every.count();
  return true;
}

bool AddressRates::has_left(std::uint64_t who, Rate rate, Monotonic now) const {
  const auto hides = hidden(who);
  const auto at = index(hides);
  const std::lock_guard lock(mutex(at));
  const auto* const known = find(sets_[at], hides);
  return known == nullptr || known->paid - now.count() <= most_ahead(rate);
}

void AddressRates::spend(std::uint64_t who, Rate rate, Monotonic now) {
  const auto hides = hidden(who);
  const auto at = index(hides);
  const std::lock_guard lock(mutex(at));
  auto& own = place(sets_[at], hides);
  const auto most = now.count() + most_ahead(rate) + rate.every.count();
  own.paid = std::min(std::max(own.paid, now.count()) + rate.every.count(), most);
}

}  // namespace tickgate::gateway
