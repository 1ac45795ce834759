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
// A successor whose words are two seconds old is doubted and takes over from nobody, but it is
// looked at now and then only. What is dated further back may be of another clock: the venue's was
// set.
constexpr std::int64_t kMostBehind = 3'000'000;

template <typename Tick>
bool dated_before(const Tick& tick, const Tick* published, bool came_before) {
  if (published == nullptr || tick.header.venue_time == schemas::kNoTime ||
      published->header.venue_time == schemas::kNoTime) {
    return false;
  }
  const auto behind = published->header.venue_time.value() - tick.header.venue_time.value();
  return behind > 0 && (behind < kMostBehind || came_before);
}

}  // namespace

bool Handover::admit(const schemas::Trade& trade) {
  if (taken_over_) return !was_published(trade);
  before_[trade.header.instrument.value()].push(trade, 0);
  return true;
}

bool Handover::admit(const schemas::Quote& quote, bool came_before) const {
  return !taken_over_ ||
         !dated_before(quote, published_.cache().quote(quote.header.instrument), came_before);
}
bool Handover::admit(const schemas::Book& book, bool came_before) const {
  return !taken_over_ ||
         !dated_before(book, published_.cache().book(book.header.instrument), came_before);
}
bool Handover::admit(const schemas::Ticker& ticker, bool came_before) const {
  return !taken_over_ ||
         !dated_before(ticker, published_.cache().ticker(ticker.header.instrument), came_before);
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
  std::size_t common = items.size();  // up to the last trade that both had
  while (common > 0 && !was_published(items[common - 1].trade)) --common;
  const auto found = before_.find(id.value());
  // What is older than the newest the predecessor had missed, and said so.
  if (const auto last = found == before_.end() ? std::nullopt : last_number(found->second)) {
    const auto newer =
        std::find_if(items.begin() + static_cast<std::ptrdiff_t>(common), items.end(),
                     [&](const auto& item) { return number_of(item.trade).value_or(0) > *last; });
    const auto first = static_cast<std::size_t>(newer - items.begin());
    if (first == items.size()) return {first, 0, exact || common > 0};
    if (exact) return {first, *number_of(newer->trade) - *last - 1, true};
    if (common > 0) return {first, newer->lost_before, true};
    if (first > 0) return {first, 1, false};
  }
  if (common > 0) return {common, common < items.size() ? items[common].lost_before : 0, true};
  // Both began to count at the same trade, so what the successor misses and the predecessor does
  // not have is lost; or nobody can know.
  if (!exact || held.cut()) return {0, 1, false};
  const auto published = found == before_.end() ? 0 : found->second.count;
  const auto missed = items.front().lost_before;
  return {0, missed > published ? missed - published : 0, missed <= published};
}

}  // namespace tickgate::feeds
