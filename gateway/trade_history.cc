// SPDX-License-Identifier: Apache-2.0
#include "gateway/trade_history.h"

#include <algorithm>

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

SequenceNumber TradeHistory::append_since(std::string& out, SequenceNumber from,
                                          std::string_view symbol, std::size_t room) const {
  const std::size_t start = out.size();
  std::uint64_t wanted = from.value();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[(oldest_ + i) % entries_.size()];
    if (entry.sequence < wanted) continue;
    if (out.size() > start && out.size() - start + entry.text.size() > room) break;
    if (entry.sequence > wanted) {
      // Before the oldest one held: those were sent to whoever kept pace.
      const auto reason =
          i == 0 && entries_.size() == kTrades ? GapReason::kSlowConsumer : entry.gap;
      if (out.size() > start) out.push_back(',');
      append_trade_gap(out, symbol, SequenceNumber{wanted}, SequenceNumber{entry.sequence - 1},
                       name(reason));
    }
    if (out.size() > start) out.push_back(',');
    out.append(entry.text);
    wanted = entry.sequence + 1;
  }
  return SequenceNumber{wanted};
}

}  // namespace tickgate::gateway
