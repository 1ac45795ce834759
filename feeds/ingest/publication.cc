// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/publication.h"

#include <algorithm>
#include <charconv>
#include <type_traits>

#include "schemas/check.h"

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

Publication::Publication(Settings settings, feeds::Outlet& outlet, IngestCounters& counters,
                         BarDemand* demand)
    : settings_(std::move(settings)),
      outlet_(outlet),
      counters_(counters),
      subjects_(settings_.prefix),
      numbering_(settings_.relays),
      pen_(settings_.pen, settings_.relays),
      wants_(settings_.bars, demand) {}

void Publication::on_instrument(const Instrument& instrument) {
  const auto id = instrument.id;
  if (id.value() >= told_.size()) told_.resize(id.value() + std::size_t{1});
  OfInstrument& one = of(id);
  one.instrument = &instrument;
  one.removed = false;
  one.since = wall_;
  by_symbol_.try_emplace(instrument.symbol, id);
  wants_.on_instrument(id);
  fresh_.mark(id.value() * kKinds + kInstrument);
  const auto stranger = strangers_.find(instrument.symbol);
  if (stranger == strangers_.end()) return;
  numbering_.count_on(id, stranger->second.known.numbers);
  pen_.lead(id, stranger->second.known.last);
}

// What is stored of it stays: whoever reads that it is removed reads on no further.
void Publication::on_removed(const Instrument& instrument, Timestamp now) {
  const auto id = instrument.id;
  if (id.value() >= told_.size()) return;
  OfInstrument& one = of(id);
  one.removed = true;
  one.since = now;
  cache_.forget(id);
  pen_.forget(id);
  wants_.on_removed(id);
  for (auto mark = id.value() * kKinds + kBar; mark < (id.value() + 1) * kKinds; ++mark) {
    bars_.erase(mark);
  }
  strangers_.erase(instrument.symbol);
  fresh_.mark(id.value() * kKinds + kInstrument);
}

void Publication::on_tick(const InstrumentStatus& status) {
  take_state(status, kStatus);
  if (strangers_.empty() || status.header.instrument.value() >= told_.size()) return;
  if (const auto* const known = of(status.header.instrument).instrument) {
    strangers_.erase(known->symbol);
  }
}

void Publication::on_tick(const Trade& trade) {
  pen_.add(trade);
  flush_trades(trade.header.instrument);
}

void Publication::on_trade_gap(const TradeGap& gap) {
  pen_.add(gap, {});
  flush_trades(gap.instrument);
}

void Publication::flush_trades(InstrumentId instrument) {
  if (!publishing_) return;
  if (!pen_.flush(instrument, *this)) owing_.mark(instrument.value());
}

// That a bar has closed is said once of each: none is left out while they can be said.
void Publication::on_tick(const Bar& bar) {
  const auto id = bar.header.instrument;
  if (id.value() >= told_.size() || !wants_.wanted(id, bar.interval)) return;
  const auto mark = id.value() * kKinds + kBar + static_cast<std::uint32_t>(bar.interval);
  bars_[mark] = bar;
  if (publishing_) say_bar(of(id), mark);
}

void Publication::lead(const Stamp& stamp, const ClusterNumbers& numbers, Moment now) {
  if (stamp.epoch != stamp_.epoch) {
    numbering_.forget_all();
    pen_.forget_numbers();
  }
  stamp_ = stamp;
  text_.set(stamp_);
  leading_ = true;
  pen_.begin_to_lead();
  strangers_.clear();
  strangers_since_ = round_at_ = now;
  strangers_looked_ = {};
  count_on(numbers, true);
  counters_.takeovers.add();
  owe_all();
}

void Publication::resume(const ClusterNumbers& numbers) {
  if (!leading_) return;
  count_on(numbers, false);
  owe_all();
}

void Publication::count_on(const ClusterNumbers& numbers, bool leads_anew) {
  const bool ours = numbers.epoch == stamp_.epoch;
  const auto last_of = [&](InstrumentId id) -> LastTrade {
    if (!ours || id.value() >= told_.size() || of(id).instrument == nullptr) return {};
    const auto found = numbers.symbols.find(of(id).instrument->symbol);
    return found == numbers.symbols.end() ? LastTrade{} : found->second.last;
  };
  const auto most = std::max(pen_.instruments(), static_cast<std::uint32_t>(told_.size()));
  for (std::uint32_t i = 0; i < most; ++i) {
    const InstrumentId id(i);
    leads_anew ? pen_.lead(id, last_of(id)) : pen_.lead_on(id, last_of(id));
  }
  for (const auto& [symbol, known] : numbers.symbols) {
    auto one = known;
    if (!ours) one.numbers = {}, one.last = {};
    const auto found = by_symbol_.find(symbol);
    const bool here = found != by_symbol_.end();
    if (here) numbering_.count_on(found->second, one.numbers);
    const bool said =
        here && (of(found->second).removed || cache_.status(found->second) != nullptr);
    if (leads_anew && !said) strangers_[symbol].known = one;
  }
}

void Publication::owe_all() {
  publishing_ = true;
  again_.clear();
  fresh_.clear();
  for (std::uint32_t i = 0; i < told_.size(); ++i) {
    if (told_[i].instrument == nullptr) continue;
    for (std::uint32_t kind = 0; kind < kKinds; ++kind) again_.mark(i * kKinds + kind);
    owing_.mark(i);
  }
  for (auto& [symbol, stranger] : strangers_) stranger.down = false;
  strangers_wait_ = !strangers_.empty();
}

void Publication::resign() {
  publishing_ = leading_ = false;
  pen_.resign();
  strangers_.clear();
  again_.clear();
}

void Publication::seen(const StoredWord& word) {
  if (word.fence < stamp_.fence || (leading_ && word.fence == stamp_.fence)) return;
  if (!leading_ && word.fence == stamp_.fence && word.epoch != stamp_.epoch) return;
  if (!leading_ && word.fence > stamp_.fence) {
    if (word.epoch != stamp_.epoch) {
      numbering_.forget_all();
      pen_.forget_numbers();
    }
    stamp_ = {word.epoch, word.fence};
  }
  const auto found = by_symbol_.find(word.symbol);
  if (found == by_symbol_.end()) return;
  if (word.kind == StoredWord::Kind::kTrade) pen_.seen(found->second, {word.number, word.trade});
  if (word.kind == StoredWord::Kind::kGap) pen_.seen(found->second, {word.number, std::nullopt});
}

void Publication::want_bars(const WantedBars& wanted, Moment now) {
  for (const auto& [symbol, interval] : wanted.series) {
    const auto* const instrument = served(symbol);
    if (instrument != nullptr) wants_.want(instrument->id, interval, now);
  }
}

const Instrument* Publication::served(std::string_view symbol) const {
  const auto found = by_symbol_.find(symbol);
  return found == by_symbol_.end() ? nullptr : served(found->second);
}

const Instrument* Publication::served(InstrumentId instrument) const {
  if (instrument.value() >= told_.size()) return nullptr;
  const OfInstrument& one = told_[instrument.value()];
  return one.removed ? nullptr : one.instrument;
}

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
  if (at != std::string::npos) {
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
