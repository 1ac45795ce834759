// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/readings.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {

void Readings::add(ReadOrder order, Moment now) {
  order.ticket = ++last_ticket_;
  readings_.push_back({std::move(order), now});
  ask(readings_.back());
}

void Readings::ask(Reading& reading) {
  reading.asked = true;
  ++reading.tries;
  orders_.read(reading.order);
}

std::optional<ReadOrder> Readings::on_read(std::uint64_t ticket, bool good, Moment now) {
  const auto found = std::ranges::find_if(
      readings_, [&](const Reading& reading) { return reading.order.ticket == ticket; });
  if (found == readings_.end()) return std::nullopt;
  const bool given_up = found->order.what == What::kTrades && found->tries >= kMostTries;
  if (!good && !given_up) {
    found->asked = false;
    found->due = now + kRetry;
    return std::nullopt;
  }
  auto order = std::move(found->order);
  readings_.erase(found);
  return order;
}

// Those of one delay are in the order of their moments, and a later one may wait a little longer.
void Readings::look(Moment now) {
  for (Reading& reading : readings_) {
    if (!reading.asked && reading.due <= now) ask(reading);
  }
  while (!again_.empty() && again_.front().due <= now) {
    failed_.erase(again_.front().subject);
    orders_.get(again_.front().subject);
    again_.pop_front();
  }
}

bool Readings::reads(What what) const {
  return std::ranges::any_of(readings_,
                             [&](const Reading& reading) { return reading.order.what == what; });
}

void Readings::clear(What what) {
  std::erase_if(readings_, [&](const Reading& reading) { return reading.order.what == what; });
}

}  // namespace tickgate::feeds
