// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/waterfall.h"

#include <chrono>
#include <utility>

namespace tickgate::gateway {
namespace {

std::chrono::microseconds between(schemas::Timestamp from, schemas::Timestamp to) {
  return std::chrono::microseconds{to.value() - from.value()};
}

}  // namespace

void Waterfall::on_instrument(const schemas::Instrument& instrument) {
  const auto id = instrument.id.value();
  if (id >= venue_of_.size()) venue_of_.resize(id + std::size_t{1}, kMostVenues - 1);
  venue_of_[id] = venue_named(instrument.venue);
}

std::uint8_t Waterfall::venue_named(std::string_view name) {
  std::size_t i = 0;
  while (i < kMostVenues - 1 && own_[i] != nullptr && own_[i]->name != name) ++i;
  if (own_[i] == nullptr) add_venue(i, std::string(name));
  return static_cast<std::uint8_t>(i);
}

void Waterfall::add_venue(std::size_t index, std::string name) {
  own_[index] = std::make_unique<Venue>(std::move(name));
  venues_[index].store(own_[index].get(), std::memory_order_release);  // pairs with each()
}

void Waterfall::end_batch(schemas::Timestamp drained, std::uint64_t until) {
  if (fresh_ == 0) return;
  for (auto i = waiting_.size() - fresh_; i < waiting_.size(); ++i) {
    const auto [received, place] = waiting_[i];
    venue_at(place).ring[place % schemas::kChannelCount].observe(between(received, drained));
  }
  batches_.push_back({std::exchange(fresh_, 0), drained, until});
}

void Waterfall::on_flushed(schemas::Timestamp now, std::uint64_t popped) {
  while (!batches_.empty() && batches_.front().until <= popped) {
    const auto sending = between(batches_.front().drained, now);
    for (const auto end = noted_ + batches_.front().count; noted_ < end; ++noted_) {
      const auto [received, place] = waiting_[noted_];
      venue_at(place).send[place % schemas::kChannelCount].observe(sending);
      all_.observe(between(received, now));
    }
    batches_.pop_front();
  }
  if (2 * noted_ < waiting_.size()) return;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(noted_));
  noted_ = 0;
}

}  // namespace tickgate::gateway
