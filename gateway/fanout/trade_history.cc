// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/trade_history.h"

#include <algorithm>

#include "gateway/fanout/object_text.h"
#include "schemas/json.h"

namespace tickgate::gateway {

using schemas::GapReason;
using schemas::SequenceNumber;

void TradeHistory::add(const schemas::Trade& trade, std::string_view symbol) {
  Entry* entry = nullptr;
  if (entries_.size() < kTrades) {
    entry = &entries_.emplace_back();
  } else {
    entry = &entries_[oldest_];
    oldest_ = (oldest_ + 1) % kTrades;
  }
  entry->sequence = trade.header.sequence.value();
  entry->gap = gap_;
  entry->text.clear();
  append_json(entry->text, trade, symbol);
  next_ = entry->sequence + 1;
  gap_ = GapReason::kFeedGap;
}

void TradeHistory::add_gap(const schemas::TradeGap& gap) {
  next_ = std::max(next_, gap.to.value() + 1);
  gap_ = gap.reason;
}

TradeHistory::Appended TradeHistory::append_since(std::string& out, SequenceNumber from,
                                                  std::string_view symbol, std::size_t room,
                                                  std::string_view more) const {
  const std::size_t start = out.size();
  Appended appended{from};
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[(oldest_ + i) % entries_.size()];
    const std::uint64_t wanted = appended.next.value();
    if (entry.sequence < wanted) continue;
    if (out.size() > start && out.size() - start + entry.text.size() > room) break;
    if (out.size() > start) out.push_back(',');
    if (entry.sequence > wanted) {
      // What came before the oldest one held was sent to whoever kept pace.
      const bool slow = i == 0 && entries_.size() == kTrades;
      if (slow) appended.lost += entry.sequence - wanted;
      append_trade_gap(out, symbol, appended.next, SequenceNumber{entry.sequence - 1},
                       name(slow ? GapReason::kSlowConsumer : entry.gap));
      append_member(out, more);
      out.push_back(',');
    }
    out.append(entry.text);
    append_member(out, more);
    ++appended.trades;
    appended.next = SequenceNumber{entry.sequence + 1};
  }
  return appended;
}

}  // namespace tickgate::gateway
