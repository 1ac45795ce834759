// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/trade_merge.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {

namespace {

constexpr int kHolds = 3;  // in a row, and a numbering holds

}  // namespace

bool TradeMerge::offer(std::size_t line, const schemas::Trade& trade, std::uint64_t lost,
                       const Open& open, Emit emit) {
  if (const auto news = offer_odd(line, trade, lost, emit)) return *news;
  const auto number = trade.header.sequence.value();
  const auto from = certain_from(line, number, lost);
  const auto claim = newest_[line] == 0 ? std::nullopt : std::optional(lost);
  newest_[line] = number;
  const bool first = last_ == 0;
  const bool fresh = number > last_;
  if (fresh && held_.empty() && (from <= last_ || first)) [[likely]] {
    last_ = number;
    emit(trade, first ? lost : 0);
    return true;
  }
  const bool known =
      std::ranges::any_of(held_, [number](const Held& held) { return held.number() == number; });
  if (fresh) hold(trade, from, claim);
  drain(open, emit);
  return fresh && !known;
}

// Its adapter has let it pass: late, or as one trade after one loss, or because the venue counts
// anew. Whoever is late was announced as lost, or came over the other line.
std::optional<bool> TradeMerge::offer_odd(std::size_t line, const schemas::Trade& trade,
                                          std::uint64_t lost, Emit emit) {
  const auto number = trade.header.sequence.value();
  const bool ahead = last_ != 0 && number > last_ && number - last_ > kFar;
  if (!ahead && number > newest_[line]) [[likely]] {
    odd_.length = 0;
    return std::nullopt;
  }
  if (odd_.length > 0 && number == odd_.last) return false;  // the other line's
  const bool counts_on = odd_.length > 0 && odd_.ahead == ahead && number > odd_.last;
  odd_ = {counts_on ? odd_.length + 1 : 1, number, ahead};
  const bool holds = odd_.length >= kHolds;
  if (holds) restart(line, number, emit);
  if (!holds && !ahead) return false;
  emit(trade, lost + (ahead ? 0 : kHolds - 1));
  return true;
}

void TradeMerge::restart(std::size_t line, std::uint64_t number, Emit emit) {
  while (!held_.empty()) pop(emit);
  newest_.fill(0);
  newest_[line] = number;
  last_ = number;
  odd_.length = 0;
}

// By what the line itself has met: from its last trade to this one.
std::uint64_t TradeMerge::certain_from(std::size_t line, std::uint64_t number,
                                       std::uint64_t lost) const {
  if (lost > 0 || newest_[line] == 0) return number - 1;
  return newest_[line];
}

void TradeMerge::hold(const schemas::Trade& trade, std::uint64_t from,
                      std::optional<std::uint64_t> lost) {
  const auto number = trade.header.sequence.value();
  const auto at = std::ranges::lower_bound(held_, number, {}, &Held::number);
  if (at == held_.end() || at->number() != number) {
    held_.insert(at, {.trade = trade, .from = from, .lost = lost});
    return;
  }
  at->from = std::min(at->from, from);
  if (lost) at->lost = std::min(at->lost.value_or(*lost), *lost);
}

bool TradeMerge::may_come_before(std::uint64_t number, const Open& open) const {
  for (std::size_t line = 0; line < kLines; ++line) {
    if (open[line] && newest_[line] < number) return true;
  }
  return false;
}

std::uint64_t TradeMerge::missing_before(const Held& held) const {
  if (held.from <= last_ || held.number() == last_ + 1) return 0;
  const auto most = held.number() - last_ - 1;
  if (contiguous_) return most;
  return std::clamp<std::uint64_t>(held.lost.value_or(1), 1, most);
}

void TradeMerge::drain(const Open& open, Emit emit) {
  while (!held_.empty()) {
    const Held& next = held_.front();
    const bool joins = missing_before(next) == 0;
    if (!joins && may_come_before(next.number(), open) && held_.size() <= kMostHeld) return;
    pop(emit);
  }
}

void TradeMerge::pop(Emit emit) {
  const auto lost = missing_before(held_.front());
  const Held next = held_.front();
  held_.pop_front();
  last_ = next.number();
  emit(next.trade, lost);
}

void TradeMerge::check(const Open& open, std::optional<Monotonic> now, Emit emit) {
  drain(open, emit);
  if (!now) return;
  for (Held& one : held_) {
    if (!one.until) one.until = *now + kPatience;
  }
  while (!held_.empty() && *now >= *held_.front().until) {
    pop(emit);
    drain(open, emit);
    for (Held& one : held_) one.until = one.until.value_or(*now + kPatience);
  }
}

}  // namespace tickgate::feeds
