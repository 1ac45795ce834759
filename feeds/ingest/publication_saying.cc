// SPDX-License-Identifier: Apache-2.0
// What is owed, said; and answers to edges.
#include <algorithm>
#include <charconv>
#include <type_traits>

#include "feeds/ingest/publication.h"

namespace tickgate::feeds {

using schemas::Bar;
using schemas::Channel;
using schemas::Instrument;
using schemas::InstrumentId;
using schemas::InstrumentStatus;
using schemas::SequenceNumber;
using schemas::Timestamp;
using schemas::Trade;
using schemas::TradeGap;

bool Publication::turn(Moment now, Timestamp wall) {
  wall_ = wall;
  constexpr Moment kTidy = std::chrono::milliseconds{500};
  if (now - tidied_ > kTidy) {
    tidied_ = now;
    pen_.age(wall);
    wants_.expire(now);
  }
  counters_.trades_lost.set(pen_.lost());
  if (!publishing_) {
    round_at_ = now;
    return false;
  }
  owing_.pop_changed([this](std::uint32_t i) { return pen_.flush(InstrumentId(i), *this); });
  fresh_.pop_changed([this](std::uint32_t mark) { return say(mark); });
  const bool more = say_again();
  say_strangers(now, wall);
  say_round(now);
  return more && publishing_;
}

// A newcomer's values wait for no more than these.
bool Publication::say_again() {
  constexpr std::size_t kMost = 4'096;
  std::size_t left = kMost;
  again_.pop_changed([&](std::uint32_t mark) {
    if (left == 0) return false;
    --left;
    counters_.republished.add();
    return say(mark);
  });
  return !again_.empty();
}

void Publication::say_round(Moment now) {
  constexpr std::uint64_t kMost = 4'096;
  const auto all = static_cast<std::uint64_t>(told_.size()) * kKinds;
  const auto since = static_cast<std::uint64_t>((now - round_at_).count());
  const auto due = std::min(all * since / static_cast<std::uint64_t>(kRound.count()), kMost);
  if (due == 0) return;
  round_at_ = now;
  for (std::uint64_t i = 0; i < due && publishing_; ++i, ++round_) {
    const auto mark = static_cast<std::uint32_t>(round_ % all);
    if (told_[mark / kKinds].instrument != nullptr && say(mark)) counters_.republished.add();
  }
}

// What is stored of these was true when another ingest said it, and nobody says so now.
void Publication::say_strangers(Moment now, Timestamp wall) {
  constexpr Moment kLook = std::chrono::milliseconds{500};
  if (!strangers_wait_ || now - strangers_looked_ < kLook || !again_.empty()) return;
  strangers_looked_ = now;
  const bool over = now - strangers_since_ > kStranger;
  for (auto& [symbol, stranger] : strangers_) {
    if (!stranger.known.served) continue;
    if (over && served(symbol) == nullptr) {
      if (!put(subjects_.instrument(symbol), text_.removed(symbol, wall))) return;
      stranger.known.served = false;
    } else if (!stranger.down && !settings_.relays) {
      if (!say_down(symbol, stranger, wall)) return;
    }
  }
  strangers_wait_ = !over;
}

bool Publication::say_down(std::string_view symbol, Stranger& stranger, Timestamp wall) {
  const auto last = stranger.known.numbers.ticks[static_cast<std::size_t>(Channel::kStatus)];
  InstrumentStatus status;
  // Ours will begin behind it.
  status.header.sequence = SequenceNumber{last + Numbering::kMargin};
  status.header.receive_time = status.since = status.quote_since = wall;
  status.reason = std::string_view("the ingest that leads now has no word of it yet");
  status.quote_reason = status.reason.view();
  return stranger.down = put(subjects_.status(symbol), text_.of(status, symbol));
}

const std::string& Publication::subject(OfInstrument& one, std::uint32_t kind) const {
  std::string& known = one.subjects[kind];
  if (!known.empty()) return known;
  constexpr Topic kTopics[] = {Topic::kInstrument, Topic::kStatus, Topic::kQuote, Topic::kBook,
                               Topic::kTicker};
  const auto& symbol = one.instrument->symbol;
  if (kind == kTradeSubject) return known = subjects_.trade(symbol);
  if (kind < kBar) return known = subjects_.of(kTopics[kind], symbol);
  return known = subjects_.bar(symbol, static_cast<schemas::Interval>(kind - kBar));
}

bool Publication::say(std::uint32_t mark) {
  const InstrumentId id(mark / kKinds);
  if (id.value() >= told_.size() || told_[id.value()].instrument == nullptr) return true;
  OfInstrument& one = of(id);
  switch (const auto kind = mark % kKinds; kind) {
    case kInstrument:
      return say_instrument(one);
    case kStatus:
      return say_state(one, cache_.status(id), kStatus);
    case kQuote:
      return say_state(one, cache_.quote(id), kQuote);
    case kBook:
      return say_state(one, cache_.book(id), kBook);
    case kTicker:
      return say_state(one, cache_.ticker(id), kTicker);
    default:
      return say_bar(one, mark);
  }
}

bool Publication::say_instrument(OfInstrument& one) {
  if (one.since.value() == 0) one.since = wall_;  // it appeared before the first turn
  return put(subject(one, kInstrument), text_.of(*one.instrument, one.removed, one.since));
}

template <typename Tick>
bool Publication::say_state(OfInstrument& one, const Tick* tick, Kind kind) {
  if (tick == nullptr) return true;
  Tick told = *tick;
  const auto id = tick->header.instrument;
  told.header.sequence = numbering_.state(id, Tick::kChannel, tick->header.sequence);
  std::string_view text;
  if constexpr (std::is_same_v<Tick, InstrumentStatus>) {
    text = text_.of(told, one.instrument->symbol);
  } else {
    text = text_.of(told, *one.instrument);
  }
  if (!put(subject(one, kind), text)) return false;
  counters_.published[static_cast<std::size_t>(Tick::kChannel)].add();
  return true;
}

bool Publication::say_bar(OfInstrument& one, std::uint32_t mark) {
  const auto found = bars_.find(mark);
  if (found == bars_.end()) return true;
  Bar told = found->second;
  const auto id = told.header.instrument;
  if (!wants_.wanted(id, told.interval)) {
    bars_.erase(found);
    return true;
  }
  const auto numbers = numbering_.bar(id, told.interval, told.header.sequence, told.ordinal);
  told.header.sequence = numbers.sequence;
  told.ordinal = numbers.ordinal;
  if (!put(subject(one, mark % kKinds), text_.of(told, *one.instrument))) return false;
  counters_.published[static_cast<std::size_t>(Channel::kBar)].add();
  return true;
}

bool Publication::tell(const Trade& trade) {
  OfInstrument& one = of(trade.header.instrument);
  if (!put(subject(one, kTradeSubject), text_.of(trade, *one.instrument))) return false;
  counters_.published[static_cast<std::size_t>(Channel::kTrade)].add();
  return true;
}

bool Publication::tell(const TradeGap& gap) {
  OfInstrument& one = of(gap.instrument);
  return put(subject(one, kTradeSubject), text_.of(gap, *one.instrument));
}

bool Publication::put(std::string_view subject, std::string_view text) {
  publishing_ = publishing_ && outlet_.put(subject, text);
  return publishing_;
}

std::string_view Publication::bars_answer(const Instrument& instrument, std::span<const Bar> bars,
                                          schemas::Interval interval) {
  if (bars.size() > kMostBars) bars = bars.last(kMostBars);
  std::vector<Bar> told(bars.begin(), bars.end());
  SequenceNumber newest{};
  std::uint64_t ordinal = 0;
  for (const Bar& bar : told) {
    newest = std::max(newest, bar.header.sequence);
    ordinal = std::max(ordinal, bar.ordinal);
  }
  const auto shift = numbering_.bar_shift(instrument.id, interval, newest, ordinal);
  for (Bar& bar : told) {
    bar.header.sequence = SequenceNumber{bar.header.sequence.value() + shift.sequence.value()};
    bar.ordinal += shift.ordinal;
  }
  return text_.bars(told, instrument);
}

// Its number is of its own process: the cluster's is put in its place.
std::string_view Publication::book_answer(const Instrument& instrument, std::string json) {
  constexpr std::string_view kName = "\"seq\":";
  const auto at = json.find(kName);
  if (settings_.relays) {  // it has the upstream's fence, and the numbers that it shall have
    if (const auto tail = json.rfind(",\"epoch\":"); tail != std::string::npos) {
      json.resize(tail);
      json.push_back('}');
    }
  } else if (at != std::string::npos) {
    const char* const begin = json.data() + at + kName.size();
    std::uint64_t own = 0;
    const auto read = std::from_chars(begin, json.data() + json.size(), own);
    const auto shift = numbering_.shift(instrument.id, Channel::kBook, SequenceNumber{own});
    if (read.ec == std::errc{} && shift > 0) {
      const auto length = static_cast<std::size_t>(read.ptr - begin);
      json.replace(at + kName.size(), length, std::to_string(own + shift));
    }
  }
  return text_.stamped(json);
}

}  // namespace tickgate::feeds
