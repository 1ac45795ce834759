// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/trade_history.h"

#include <algorithm>

#include "gateway/fanout/object_text.h"
#include "schemas/check.h"
#include "schemas/json.h"

namespace tickgate::gateway {

using schemas::GapReason;
using schemas::SequenceNumber;

TradeHistory::TradeHistory(SequenceNumber first, std::size_t& used)
    : used_(used), next_(first.value()), gone_(first.value()) {
  used_ += sizeof(TradeHistory);
}

TradeHistory::~TradeHistory() {
  leave();
  used_ -= sizeof(TradeHistory) + capacity_ * sizeof(Entry);
}

std::size_t TradeHistory::bytes_of_each() const {
  return sizeof(Entry) + (texts_.capacity() > 0 ? sizeof(std::string) : 0);
}

void TradeHistory::grow(std::size_t capacity) {
  const auto oldest = static_cast<std::ptrdiff_t>(oldest_);
  const bool followed = texts_.capacity() > 0;
  entries_.reserve(capacity);
  if (followed) texts_.reserve(capacity);
  std::rotate(entries_.begin(), entries_.begin() + oldest, entries_.end());
  if (followed) {
    std::rotate(texts_.begin(), texts_.begin() + oldest,
                texts_.begin() + static_cast<std::ptrdiff_t>(entries_.size()));
    texts_.resize(capacity);
  }
  oldest_ = 0;
  used_ += (capacity - capacity_) * bytes_of_each();
  capacity_ = capacity;
}

void TradeHistory::add(const schemas::Trade& trade) {
  std::size_t at = entries_.size();
  if (at < capacity_) {
    entries_.emplace_back();
  } else {
    at = oldest_;
    gone_ = entries_[at].trade.header.sequence.value() + 1;
    oldest_ = (oldest_ + 1) % capacity_;
    if (!texts_.empty()) texts_[at].clear();
  }
  entries_[at].trade = trade;
  entries_[at].gap = gap_;
  next_ = trade.header.sequence.value() + 1;
  gap_ = GapReason::kFeedGap;
}

void TradeHistory::add_gap(const schemas::TradeGap& gap) {
  next_ = std::max(next_, gap.to.value() + 1);
  gap_ = gap.reason;
}

void TradeHistory::follow() {
  if (!texts_.empty()) return;
  texts_.resize(capacity_);
  used_ += capacity_ * sizeof(std::string);
}

void TradeHistory::leave() {
  if (texts_.empty()) return;
  used_ -= text_bytes_ + capacity_ * sizeof(std::string);
  text_bytes_ = 0;
  texts_ = {};
}

SequenceNumber TradeHistory::near(std::uint32_t low) const {
  const auto ahead = static_cast<std::int32_t>(low - static_cast<std::uint32_t>(next_));
  return SequenceNumber{next_ + static_cast<std::uint64_t>(std::int64_t{ahead})};
}

// The first entry of this number or a later one.
std::size_t TradeHistory::first_from(std::uint64_t wanted) const {
  std::size_t low = 0, high = entries_.size();
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (sequence(middle) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// Made apart and then kept, so that there is never a part of one.
const std::string& TradeHistory::text(std::size_t nth, std::string_view symbol) const {
  TICKGATE_CHECK(!texts_.empty());
  auto& text = texts_[index(nth)];
  if (!text.empty()) return text;
  scratch_.clear();
  append_json(scratch_, entries_[index(nth)].trade, symbol);
  const auto before = text.capacity();
  text.assign(scratch_);
  text_bytes_ += text.capacity() - before;
  used_ += text.capacity() - before;
  return text;
}

TradeHistory::Appended TradeHistory::append_since(std::string& out, SequenceNumber from,
                                                  std::string_view symbol, std::size_t room,
                                                  std::string_view more, Standing standing) const {
  const std::size_t start = out.size();
  const bool follows = standing == Standing::kFollows;
  Appended appended{from};
  std::uint64_t wanted = from.value();
  const auto begin_object = [&] {
    if (out.size() > start) out.push_back(',');
  };
  const auto say_gap = [&](std::uint64_t until, std::string_view reason) {
    begin_object();
    append_trade_gap(out, symbol, SequenceNumber{wanted}, SequenceNumber{until - 1}, reason);
    append_member(out, more);
    wanted = until;
  };
  const auto reason_of = [&](GapReason feeds) {
    if (wanted >= gone_) return name(feeds);
    return follows ? name(GapReason::kSlowConsumer) : std::string_view("too_old");
  };
  if (standing == Standing::kRestarted) {
    wanted = 1;
    say_gap(entries_.empty() ? next_ : sequence(0), name(GapReason::kFeedRestart));
  }
  std::size_t nth = first_from(wanted);
  for (; nth < entries_.size(); ++nth) {
    const auto& object = text(nth, symbol);
    if (out.size() > start && out.size() - start + object.size() > room) break;
    if (const auto number = sequence(nth); number > wanted) {
      if (follows && wanted < gone_) appended.lost += number - wanted;
      say_gap(number, reason_of(entries_[index(nth)].gap));
    }
    begin_object();
    out.append(object);
    append_member(out, more);
    ++appended.trades;
    ++wanted;
  }
  if (!follows && nth == entries_.size() && wanted < next_) say_gap(next_, reason_of(gap_));
  appended.next = SequenceNumber{wanted};
  return appended;
}

}  // namespace tickgate::gateway
