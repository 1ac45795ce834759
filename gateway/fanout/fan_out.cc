// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/fan_out.h"

#include <algorithm>
#include <chrono>

#include "gateway/fanout/prefetch.h"
#include "schemas/check.h"

namespace tickgate::gateway {

using schemas::Channel;
using schemas::InstrumentId;
using schemas::SequenceNumber;
using schemas::State;

namespace {

// An instrument that was quiet for so long is news at once, to whomever was sent nothing for an
// interval: who watches few and calm instruments does not wait for the round. Short of it, rounds
// are kept: fewer and fuller frames.
constexpr std::chrono::seconds kQuiet{1};

// The longest a tick waits in its ring while nobody is wants values at once, in milliseconds.
constexpr std::uint32_t kLongestIdle = 50;

// How many members ahead memory is asked for.
constexpr std::size_t kFar = 8, kNear = 4;

// On a grid that all share, so that those with one interval (and its multiples) leave in one round
// and each value is encoded once for all of them.
Monotonic next_round_of(std::uint32_t interval_ms, Monotonic now) {
  const auto interval = std::int64_t{1000} * interval_ms;
  return Monotonic{(now.count() / interval + 1) * interval};
}

constexpr std::size_t index_of(Channel channel) { return static_cast<std::size_t>(channel); }

template <typename Value>
typename std::vector<Value>::reference grown(std::vector<Value>& values, InstrumentId instrument) {
  if (instrument.value() >= values.size()) values.resize(instrument.value() + 1);
  return values[instrument.value()];
}

}  // namespace

FanOut::FanOut(FanOutLimits limits, std::string epoch)
    : limits_(limits), epoch_(std::move(epoch)) {}

void FanOut::on_instrument(const schemas::Instrument& instrument) {
  auto& known = grown(instruments_, instrument.id);
  if (known != nullptr) return;
  known = &instrument;
  by_symbol_.emplace(instrument.symbol, &instrument);
  for (Subscriber* subscriber : with_patterns_) {
    for (const auto& wanted : *subscriber->patterns) {
      if (!wanted.pattern.matches(instrument)) continue;
      SymbolRequest* const request = subscriber->request.get();
      const bool under_way = request != nullptr && request->channel == wanted.channel;
      auto slots = under_way ? SlotMap() : slots_of(*subscriber, wanted.channel);
      add_slot(*subscriber, instrument, wanted.channel, wanted.depth, wanted.interval_ms,
               under_way ? request->slots : slots);
    }
  }
}

void FanOut::on_tick(const schemas::Trade& trade) {
  const auto id = trade.header.instrument;
  cache_.apply(trade);
  grown(next_trades_, id) = trade.header.sequence.value() + 1;
  auto& history = grown(histories_, id);
  if (history == nullptr) return;
  history->add(trade, instruments_[id.value()]->symbol);
  note_changed(id, Channel::kTrade);
}

void FanOut::on_tick(const schemas::InstrumentStatus& status) {
  grown(recovering_, status.header.instrument) = status.state == State::kRecovering;
  apply(status);
}

void FanOut::on_trade_gap(const schemas::TradeGap& gap) {
  grown(next_trades_, gap.instrument) = gap.to.value() + 1;
  auto& history = grown(histories_, gap.instrument);
  if (history != nullptr) history->add_gap(gap);
}

void FanOut::note_changed(InstrumentId instrument, Channel channel) {
  const auto* known = this->instrument(instrument);
  TICKGATE_CHECK(known != nullptr);
  prefetch(known, sizeof *known);  // its symbol is in the text to come
  const auto key =
      static_cast<std::uint32_t>(instrument.value() * schemas::kChannelCount + index_of(channel));
  if (changed_.mark(key) || channel == Channel::kTrade) return;
  counters_.conflated[index_of(channel)].add(subscriptions_.members(instrument, channel));
}

void FanOut::mark_changed(Monotonic now) {
  changed_.take([this, now](std::uint32_t key) {
    const InstrumentId instrument{static_cast<std::uint32_t>(key / schemas::kChannelCount)};
    const auto channel = static_cast<Channel>(key % schemas::kChannelCount);
    if (channel == Channel::kStatus) return mark_status(instrument);
    for (const auto& group : subscriptions_.of(instrument, channel)) {
      const auto interval_ms = group->interval_ms;
      if (group->waiting) {
        if (channel == Channel::kTrade) continue;
        counters_.conflated[index_of(channel)].add(group->members.size());
      } else if (interval_ms == 0 ||
                 now - group->marked_at >=
                     std::max<Monotonic>(kQuiet, std::chrono::milliseconds{interval_ms})) {
        mark(*group, now, flush_now_);
      } else {
        group->waiting = true;
        rounds_.add(group.get(), next_round_of(interval_ms, now));
      }
    }
  });
}

Monotonic FanOut::next_look(Monotonic now) const {
  auto next = next_round_of(kLongestIdle, now);
  for (const auto& [interval_ms, count] : subscriptions_.intervals()) {
    if (interval_ms >= kLongestIdle) break;
    if (interval_ms > 0) next = std::min(next, next_round_of(interval_ms, now));
  }
  return next;
}

void FanOut::mark_round(Monotonic round) {
  rounds_.take_due(round, [this](SubscriptionGroup* group, Monotonic due) {
    mark(*group, due, round_list(group->interval_ms));
    subscriptions_.round_over(*group);
  });
}

void FanOut::mark(SubscriptionGroup& group, Monotonic now, FlushQueue& queue) {
  group.marked_at = now;
  std::size_t conflated = 0;
  const auto& members = group.members;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& member = members[i];
    // The members lie all over the memory: what the next ones need is on its way meanwhile.
    if (i + kFar < members.size()) members[i + kFar].subscriber->outbox.prefetch();
    if (i + kNear < members.size()) {
      members[i + kNear].subscriber->outbox.prefetch(members[i + kNear].slot);
    }
    if (!member.subscriber->outbox.mark(member.slot)) ++conflated;
    queue.add(*member.subscriber);
  }
  if (group.channel == Channel::kTrade) return;
  counters_.conflated[index_of(group.channel)].add(conflated);
}

// Whoever shows a price of this instrument must know its state, whatever channel it came by.
void FanOut::mark_status(InstrumentId instrument) {
  for (std::size_t i = 0; i + 1 < schemas::kChannelCount; ++i) {
    for (const auto& group : subscriptions_.of(instrument, static_cast<Channel>(i))) {
      for (const auto& member : group->members) {
        member.subscriber->outbox.mark_status(member.slot);
        flush_now_.add(*member.subscriber);
      }
    }
  }
}

bool FanOut::compose(Subscriber& subscriber, Monotonic now, std::string& out) {
  ++composition_;
  const std::size_t start = out.size();
  out.push_back('[');
  if (!subscriber.replies.empty()) subscriber.replies.move_to(out);
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
  append_object(out, start,
                frames_.text(*status, instruments_[slot.instrument.value()]->symbol).text);
  written = composition_;
  counters_.sent[index_of(Channel::kStatus)].add(1);
  return true;
}

Outbox::Taken FanOut::append_value(Slot& slot, std::string& out, std::size_t start) {
  using Taken = Outbox::Taken;
  if (out.size() - start >= limits_.frame_bytes) return Taken::kFull;
  const auto id = slot.instrument;
  if (slot.channel == Channel::kTrade) return append_trades(slot, out, start);
  const bool is_price = slot.channel == Channel::kQuote || slot.channel == Channel::kBook;
  if (is_price && id.value() < recovering_.size() && recovering_[id.value()]) return Taken::kLater;
  const auto* value = frames_.fresh(slot.channel, id);
  if (value == nullptr) value = encode(slot);
  // Its group may be marked for a change that came before it, or before its last frame.
  if (value == nullptr || (value->version == slot.sequence && value->version != 0)) {
    return Taken::kSent;
  }
  slot.sequence = value->version;
  append_object(out, start, value->text);
  counters_.sent[index_of(slot.channel)].add(1);
  return Taken::kSent;
}

const EncodedValue* FanOut::encode(const Slot& slot) {
  const auto id = slot.instrument;
  const std::string_view symbol = instruments_[id.value()]->symbol;
  switch (slot.channel) {
    case Channel::kQuote:
      if (const auto* quote = cache_.quote(id)) return &frames_.text(*quote, symbol);
      break;
    case Channel::kBook:
      if (const auto* book = cache_.book(id)) return &frames_.text(*book, symbol, slot.depth);
      break;
    case Channel::kTicker:
      if (const auto* ticker = cache_.ticker(id)) return &frames_.text(*ticker, symbol);
      break;
    case Channel::kTrade:   // each its own text
    case Channel::kStatus:  // went before the values
    case Channel::kBar:
      break;
  }
  return nullptr;
}

Outbox::Taken FanOut::append_trades(Slot& slot, std::string& out, std::size_t start) {
  const auto& history = histories_[slot.instrument.value()];
  const std::uint64_t next = history->next().value();
  const std::uint64_t from = next - static_cast<std::uint32_t>(next - slot.sequence);
  if (from == next) return Outbox::Taken::kSent;
  std::string text;
  const auto sent =
      history->append_since(text, SequenceNumber{from},
                            instruments_[slot.instrument.value()]->symbol, limits_.frame_bytes);
  if (text.empty()) return Outbox::Taken::kSent;  // a gap only: said with the next trade
  append_object(out, start, text);
  counters_.sent[index_of(Channel::kTrade)].add(sent.trades);
  counters_.trades_lost.add(sent.lost);
  slot.sequence = static_cast<std::uint32_t>(sent.next.value());
  return sent.next == history->next() ? Outbox::Taken::kSent : Outbox::Taken::kFull;
}

}  // namespace tickgate::gateway
