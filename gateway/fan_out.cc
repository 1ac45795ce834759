// SPDX-License-Identifier: Apache-2.0
#include "gateway/fan_out.h"

#include "schemas/check.h"

namespace tickgate::gateway {

using schemas::Channel;
using schemas::InstrumentId;
using schemas::SequenceNumber;
using schemas::State;

namespace {

constexpr std::size_t index_of(Channel channel) { return static_cast<std::size_t>(channel); }

template <typename Value>
Value& grown(std::vector<Value>& values, InstrumentId instrument) {
  if (instrument.value() >= values.size()) values.resize(instrument.value() + 1);
  return values[instrument.value()];
}

}  // namespace

FanOut::FanOut(FanOutLimits limits, std::string epoch)
    : limits_(limits), epoch_(std::move(epoch)) {}

void FanOut::operator()(const schemas::Instrument* instrument) {
  auto& known = grown(instruments_, instrument->id);
  if (known != nullptr) return;
  known = instrument;
  by_symbol_.emplace(instrument->symbol, instrument);
  for (Subscriber* subscriber : with_patterns_) {
    for (const auto& wanted : *subscriber->patterns) {
      if (!wanted.pattern.matches(*instrument)) continue;
      auto slots = slots_of(*subscriber, wanted.channel);
      add_slot(*subscriber, *instrument, wanted.channel, wanted.depth, wanted.interval_ms, slots);
    }
  }
}

void FanOut::operator()(const schemas::Trade& trade) {
  const auto id = trade.header.instrument;
  cache_.apply(trade);
  grown(next_trades_, id) = trade.header.sequence.value() + 1;
  auto& history = grown(histories_, id);
  if (history == nullptr) return;
  history->add(trade, instruments_[id.value()]->symbol);
  note_changed(id, Channel::kTrade);
}

void FanOut::operator()(const schemas::TradeGap& gap) {
  grown(next_trades_, gap.instrument) = gap.to.value() + 1;
  auto& history = grown(histories_, gap.instrument);
  if (history != nullptr) history->add_gap(gap);
}

void FanOut::note_changed(InstrumentId instrument, Channel channel) {
  TICKGATE_CHECK(this->instrument(instrument) != nullptr);
  const auto key =
      static_cast<std::uint32_t>(instrument.value() * schemas::kChannelCount + index_of(channel));
  if (changed_.mark(key) || channel == Channel::kTrade) return;
  counters_.conflated[index_of(channel)].add(subscriptions_.of(instrument, channel).size());
}

void FanOut::mark_changed() {
  changed_.take([this](std::uint32_t key) {
    const InstrumentId instrument{static_cast<std::uint32_t>(key / schemas::kChannelCount)};
    const auto channel = static_cast<Channel>(key % schemas::kChannelCount);
    if (channel == Channel::kStatus) return mark_status(instrument);
    std::size_t folded = 0;
    for (const auto& entry : subscriptions_.of(instrument, channel)) {
      if (!entry.subscriber->outbox.mark(entry.slot)) ++folded;
      touch(*entry.subscriber);
    }
    if (channel != Channel::kTrade) counters_.conflated[index_of(channel)].add(folded);
  });
}

// Whoever shows a price of this instrument must know its state, whatever channel it came by.
void FanOut::mark_status(InstrumentId instrument) {
  for (std::size_t i = 0; i + 1 < schemas::kChannelCount; ++i) {
    for (const auto& entry : subscriptions_.of(instrument, static_cast<Channel>(i))) {
      entry.subscriber->outbox.mark_status(entry.slot);
      touch(*entry.subscriber);
    }
  }
}

void FanOut::touch(Subscriber& subscriber) {
  if (subscriber.touched) return;
  subscriber.touched = true;
  touched_.push_back(&subscriber);
}

bool FanOut::compose(Subscriber& subscriber, Monotonic now, std::string& out) {
  ++composition_;
  const std::size_t start = out.size();
  out.push_back('[');
  if (!subscriber.replies.empty()) {
    out.append(subscriber.replies);
    std::string().swap(subscriber.replies);  // an idle client holds no memory for it
  }
  subscriber.outbox.take(
      now, [&](const Slot& slot) { return append_status(slot, out, start); },
      [&](Slot& slot) { return append_value(slot, out, start); });
  if (out.size() == start + 1) {
    out.resize(start);
    return false;
  }
  out.push_back(']');
  return true;
}

void FanOut::append_object(std::string& out, std::size_t start, std::string_view object) {
  if (out.size() > start + 1) out.push_back(',');
  out.append(object);
}

bool FanOut::append_status(const Slot& slot, std::string& out, std::size_t start) {
  const auto* status = cache_.status(slot.instrument);
  auto& written = grown(status_written_, slot.instrument);
  if (status == nullptr || written == composition_) return true;
  if (out.size() - start >= limits_.frame_bytes) return false;
  append_object(out, start, frames_.text(*status, instruments_[slot.instrument.value()]->symbol));
  written = composition_;
  counters_.sent[index_of(Channel::kStatus)].add(1);
  return true;
}

Outbox::Taken FanOut::append_value(Slot& slot, std::string& out, std::size_t start) {
  using Taken = Outbox::Taken;
  if (out.size() - start >= limits_.frame_bytes) return Taken::kFull;
  const auto id = slot.instrument;
  const std::string_view symbol = instruments_[id.value()]->symbol;
  std::string_view text;
  switch (slot.channel) {
    case Channel::kTrade:
      return append_trades(slot, out, start);
    case Channel::kQuote:
    case Channel::kBook: {
      const auto* status = cache_.status(id);
      if (status != nullptr && status->state == State::kRecovering) return Taken::kLater;
      if (slot.channel == Channel::kQuote) {
        if (const auto* quote = cache_.quote(id)) text = frames_.text(*quote, symbol);
      } else if (const auto* book = cache_.book(id)) {
        text = frames_.text(*book, symbol, slot.depth);
      }
      break;
    }
    case Channel::kTicker:
      if (const auto* ticker = cache_.ticker(id)) text = frames_.text(*ticker, symbol);
      break;
    case Channel::kStatus:  // went before the values
    case Channel::kBar:
      break;
  }
  if (text.empty()) return Taken::kSent;
  append_object(out, start, text);
  counters_.sent[index_of(slot.channel)].add(1);
  return Taken::kSent;
}

Outbox::Taken FanOut::append_trades(Slot& slot, std::string& out, std::size_t start) {
  const auto& history = histories_[slot.instrument.value()];
  const std::uint64_t next = history->next().value();
  const std::uint64_t from = next - static_cast<std::uint32_t>(next - slot.next_trade);
  if (from == next) return Outbox::Taken::kSent;
  std::string text;
  const auto sent =
      history->append_since(text, SequenceNumber{from},
                            instruments_[slot.instrument.value()]->symbol, limits_.frame_bytes);
  if (text.empty()) return Outbox::Taken::kSent;  // a gap only: said with the next trade
  append_object(out, start, text);
  counters_.sent[index_of(Channel::kTrade)].add(sent.trades);
  counters_.trades_lost.add(sent.lost);
  slot.next_trade = static_cast<std::uint32_t>(sent.next.value());
  return sent.next == history->next() ? Outbox::Taken::kSent : Outbox::Taken::kFull;
}

}  // namespace tickgate::gateway
