// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/trade_histories.h"

#include <algorithm>

#include "gateway/fanout/by_instrument.h"

namespace tickgate::gateway {

using schemas::InstrumentId;
using schemas::SequenceNumber;

namespace {

// To begin with; then twice as many each time.
constexpr std::size_t kFirst = 8;

// As text: symbol and venue's id at their longest, all digits.
constexpr std::size_t kMostText = 320;

}  // namespace

std::size_t TradeHistories::most_bytes(std::size_t kept) {
  const auto each = TradeHistory::bytes_of_entry() + sizeof(std::string) + kMostText;
  return sizeof(TradeHistory) + kept * each;
}

bool TradeHistories::add(const schemas::Trade& trade) {
  const auto id = trade.header.instrument;
  auto& place = grown(places_, id);
  place.next = trade.header.sequence.value() + 1;
  if (place.history == nullptr && !begin(id, place)) return false;
  if (place.history->is_full() && place.history->capacity() < kept_) make_larger(place);
  place.history->add(trade);
  return place.among == &followed_;
}

void TradeHistories::add_gap(const schemas::TradeGap& gap) {
  auto& place = grown(places_, gap.instrument);
  place.next = std::max(place.next, gap.to.value() + 1);
  if (place.history != nullptr) place.history->add_gap(gap);
}

// For a trade that has come, of what nobody follows. False: there is no room.
bool TradeHistories::begin(InstrumentId instrument, Place& place) {
  if (!make_room(sizeof(TradeHistory) + kFirst * TradeHistory::bytes_of_entry(), &place)) {
    return false;
  }
  auto history = std::make_unique<TradeHistory>(SequenceNumber{place.next - 1}, used_);
  history->grow(std::min(kFirst, kept_));
  place.at = strangers_.insert(strangers_.end(), instrument);
  place.among = &strangers_;
  place.history = std::move(history);
  return true;
}

void TradeHistories::make_larger(Place& place) {
  auto& history = *place.history;
  const auto wanted = std::min(kept_, std::max(kFirst, 2 * history.capacity()));
  const bool least = place.among == &followed_ && history.capacity() < kLeast;
  if (make_room((wanted - history.capacity()) * history.bytes_of_each(), &place) || least) {
    history.grow(wanted);
  }
}

// For more of this one (null: of none), those of less weight give way. False: there are none.
bool TradeHistories::make_room(std::size_t bytes, const Place* place) {
  const bool stranger =
      place != nullptr && (place->history == nullptr || place->among == &strangers_);
  while (used_ + bytes > memory_) {
    auto& list = strangers_.empty() ? left_ : strangers_;
    if (stranger || list.empty()) return false;
    auto& first = places_[list.front().value()];
    if (&first == place) return false;
    drop(first);
  }
  return true;
}

void TradeHistories::drop(Place& place) {
  place.among->erase(place.at);
  place.among = nullptr;
  place.history.reset();
}

// Without an allocation: clients leave where memory has ended.
void TradeHistories::move_to(Places& list, Place& place) {
  list.splice(list.end(), *place.among, place.at);
  place.among = &list;
}

const TradeHistory& TradeHistories::follow(InstrumentId instrument) {
  auto& place = grown(places_, instrument);
  if (place.among == &followed_) return *place.history;
  if (place.history == nullptr) {
    const SequenceNumber next{std::max<std::uint64_t>(1, place.next)};
    auto history = std::make_unique<TradeHistory>(next, used_);
    history->grow(std::min(kFirst, kept_));
    history->follow();
    place.at = followed_.insert(followed_.end(), instrument);
    place.among = &followed_;
    place.history = std::move(history);
  } else {
    place.history->follow();
    move_to(followed_, place);
  }
  make_room(0, nullptr);
  return *place.history;
}

void TradeHistories::leave(InstrumentId instrument) {
  auto& place = places_[instrument.value()];
  place.history->leave();
  move_to(left_, place);
  make_room(0, nullptr);
}

void TradeHistories::restart() {
  for (auto& place : places_) {
    if (place.history != nullptr) drop(place);
    place.next = 0;
  }
}

void TradeHistories::forget(InstrumentId instrument) {
  if (instrument.value() >= places_.size()) return;
  auto& place = places_[instrument.value()];
  if (place.history != nullptr) drop(place);
}

}  // namespace tickgate::gateway
