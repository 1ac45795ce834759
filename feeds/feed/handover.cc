// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/handover.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace tickgate::feeds {
namespace {

// By the venue's id; where it gives none, by all that it says.
bool same_trade(const schemas::Trade& a, const schemas::Trade& b) {
  if (!a.id.view().empty() || !b.id.view().empty()) return a.id.view() == b.id.view();
  return a.price == b.price && a.size == b.size && a.side == b.side &&
         a.header.venue_time == b.header.venue_time;
}

// Where the venue's ids are numbers.
std::optional<std::uint64_t> number_of(const schemas::Trade& trade) {
  std::uint64_t number = 0;
  const auto text = trade.id.view();
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> last_number(const HeldTrades& trades) {
  return trades.items.empty() ? std::nullopt : number_of(trades.items.back().trade);
}
// A successor that is further behind takes over from nobody; what is dated so is of another clock.
constexpr std::int64_t kMostBehind = 2'000'000;

template <typename Tick>
bool dated_before(const Tick& tick, const Tick* published) {
  if (published == nullptr || tick.header.venue_time == schemas::kNoTime ||
      published->header.venue_time == schemas::kNoTime) {
    return false;
  }
  const auto behind = published->header.venue_time.value() - tick.header.venue_time.value();
  return behind > 0 && behind < kMostBehind;
}

}  // namespace

bool Handover::admit(const schemas::Trade& trade) {
  if (taken_over_) return !was_published(trade);
  before_[trade.header.instrument.value()].push(trade, 0);
  return true;
}

bool Handover::admit(const schemas::Quote& quote) const {
  return !taken_over_ || !dated_before(quote, published_.cache().quote(quote.header.instrument));
}
bool Handover::admit(const schemas::Book& book) const {
  return !taken_over_ || !dated_before(book, published_.cache().book(book.header.instrument));
}
bool Handover::admit(const schemas::Ticker& ticker) const {
  return !taken_over_ || !dated_before(ticker, published_.cache().ticker(ticker.header.instrument));
}

bool Handover::was_published(const schemas::Trade& trade) const {
  const auto found = before_.find(trade.header.instrument.value());
  if (found == before_.end()) return false;
  return std::ranges::any_of(found->second.items, [&trade](const HeldTrades::Item& one) {
    return same_trade(one.trade, trade);
  });
}

Handover::Seam Handover::seam(schemas::InstrumentId id, const HeldTrades& held, bool exact) const {
  const auto& items = held.items;
  if (items.empty()) return {};
  for (std::size_t end = items.size(); end > 0; --end) {
    if (!was_published(items[end - 1].trade)) continue;
    return {end, end < items.size() ? items[end].lost_before : 0, true};
  }
  const auto found = before_.find(id.value());
  // None in common, and yet older: the predecessor had missed it, and said so.
  if (const auto last = found == before_.end() ? std::nullopt : last_number(found->second)) {
    const auto newer = std::ranges::find_if(
        items, [&](const auto& item) { return number_of(item.trade).value_or(0) > *last; });
    const auto first = static_cast<std::size_t>(newer - items.begin());
    if (first == items.size()) return {first, 0, exact};
    if (exact) return {first, *number_of(newer->trade) - *last - 1, true};
    if (first > 0) return {first, 1, false};
  }
  // Both began to count at the same trade, so what the successor misses and the predecessor does
  // not have is lost; or nobody can know.
  if (!exact || held.cut()) return {0, 1, false};
  const auto published = found == before_.end() ? 0 : found->second.count;
  const auto missed = items.front().lost_before;
  return {0, missed > published ? missed - published : 0, missed <= published};
}

}  // namespace tickgate::feeds
