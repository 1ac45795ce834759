// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/trade_pen.h"

#include <algorithm>

namespace tickgate::feeds {

using schemas::GapReason;
using schemas::InstrumentId;
using schemas::SequenceNumber;
using schemas::Timestamp;
using schemas::Trade;
using schemas::TradeGap;

namespace {

// By the venue's clock; ours where it gives no time.
bool is_newer(const Trade& trade, const Trade& than) {
  const auto a = trade.header.venue_time, b = than.header.venue_time;
  if (a != schemas::kNoTime && b != schemas::kNoTime) return a > b;
  return trade.header.receive_time > than.header.receive_time;
}

}  // namespace

bool is_same_trade(const Trade& a, const Trade& b) {
  if (a.id.length > 0 && b.id.length > 0) return a.id.view() == b.id.view();
  return a.header.venue_time == b.header.venue_time && a.price == b.price && a.size == b.size &&
         a.side == b.side;
}

TradePen::Pen& TradePen::pen(InstrumentId instrument) {
  if (instrument.value() >= pens_.size()) pens_.resize(instrument.value() + std::size_t{1});
  auto& pen = pens_[instrument.value()];
  if (pen == nullptr) pen = std::make_unique<Pen>();
  return *pen;
}

void TradePen::add(const Trade& trade) {
  Entry entry;
  entry.trade = trade;
  push(trade.header.instrument, entry);
}

void TradePen::add(const TradeGap& gap, Timestamp now) {
  Entry entry;
  entry.trade.header.instrument = gap.instrument;
  entry.trade.header.sequence = gap.to;
  entry.trade.header.receive_time = now;
  entry.count = gap.to.value() - gap.from.value() + 1;
  entry.reason = gap.reason;
  push(gap.instrument, entry);
}

void TradePen::push(InstrumentId instrument, const Entry& entry) {
  pen(instrument).entries.push_back(entry);
  order_.push_back({instrument, entry.trade.header.receive_time});
  ++size_;
  while (size_ > limits_.trades && !order_.empty()) {
    drop_front(pen(order_.front().instrument));
    order_.pop_front();
  }
}

// What is owed and finds no room is a gap, in front of what is left.
void TradePen::drop_front(Pen& pen) {
  if (pen.entries.empty()) return;
  const Entry& front = pen.entries.front();
  if (leading_ && pen.next == 0 && !pen.seeking) {
    pen.lost += std::max(front.count, std::uint64_t{1});
    if (front.count == 0) ++lost_;
  }
  if (front.count == 0) pen.before = front.trade;
  pen.entries.pop_front();
  if (pen.next > 0) --pen.next;
  if (pen.again > 0) --pen.again;
  --size_;
}

void TradePen::age(Timestamp now) {
  const auto oldest = now.value() - limits_.age_us;
  while (!order_.empty() && order_.front().received.value() < oldest) {
    Pen& of = pen(order_.front().instrument);
    const bool owed = leading_ && !of.seeking && of.next == 0 && !of.entries.empty();
    if (owed) return;
    drop_front(of);
    order_.pop_front();
  }
}

void TradePen::forget(InstrumentId instrument) {
  if (!has_pen(instrument)) return;
  Pen& of = pen(instrument);
  size_ -= of.entries.size();
  of.entries.clear();
  of.next = of.again = 0;
  of.lost = 0;
  of.before.reset();
}

void TradePen::note(Pen& pen, std::uint64_t number, const Trade* trade, bool ours) {
  pen.last.number = number;
  pen.ours = ours;
  if (trade == nullptr) return;  // behind a gap the last trade is still the one before it
  const bool same = pen.last.trade.has_value() && is_same_trade(*pen.last.trade, *trade);
  pen.repeats = same ? pen.repeats + 1 : 1;
  pen.last.trade = *trade;
}

void TradePen::seen(InstrumentId instrument, const LastTrade& last) {
  Pen& of = pen(instrument);
  if (last.number <= of.last.number && !of.ours) return;
  if (last.number == of.last.number) {
    of.ours = false;
    return;
  }
  note(of, last.number, last.trade.has_value() ? &*last.trade : nullptr, false);
}

// What was seen live and is not stored has the greater number, and edges have seen it too. Of what
// we told ourselves only the stream knows whether it arrived.
void TradePen::lead(InstrumentId instrument, const LastTrade& stored) {
  if (stored.number == 0 && !has_pen(instrument)) return;
  Pen& of = pen(instrument);
  if (stored.number > 0 && (of.ours || stored.number > of.last.number)) {
    if (stored.number != of.last.number) of.repeats = 1;
    of.last = stored;
  }
  seek(of);
  // An empty stream has lost what was on its way too: what we told is told again.
  if (stored.number == 0 && of.ours && !of.seeking) of.again = 0;
}

void TradePen::seek(Pen& pen) {
  pen.next = pen.again = 0;
  pen.lost = 0;
  pen.seeking = !passes_ && pen.last.number > 0;
  if (!pen.seeking) return;
  if (!pen.last.trade.has_value()) {  // nobody can say what of it is new
    size_ -= pen.entries.size();
    pen.entries.clear();
    return;
  }
  const auto place = behind_last(pen);
  if (!place) return;
  pen.next = pen.again = *place;
  pen.seeking = false;
}

// Where the first lies that was not published; nullopt: the last that was is not among ours.
// Without ids two trades may look the same: so many of them were published as came in a row.
std::optional<std::size_t> TradePen::behind_last(const Pen& pen) {
  const Trade& last = *pen.last.trade;
  const auto is_last = [&last](const Entry& entry) {
    return entry.count == 0 && is_same_trade(entry.trade, last);
  };
  const bool left = pen.before.has_value() && is_same_trade(*pen.before, last);
  std::uint64_t met = left ? 1 : 0;
  std::optional<std::size_t> place;
  if (left) place = 0;
  for (std::size_t i = 0; i < pen.entries.size() && met < pen.repeats; ++i) {
    if (!is_last(pen.entries[i])) continue;
    ++met;
    place = i + 1;
  }
  return place;
}

void TradePen::lead_on(InstrumentId instrument, const LastTrade& stored) {
  if (stored.number == 0 && !has_pen(instrument)) return;
  Pen& of = pen(instrument);
  if (stored.number > of.last.number) {  // somebody spoke in our place
    of.ours = false;
    return lead(instrument, stored);
  }
  of.again = 0;
  while (of.again < of.next && of.entries[of.again].number <= stored.number) ++of.again;
}

void TradePen::resign() {
  leading_ = false;
  for (const auto& of : pens_) {
    if (of == nullptr) continue;
    of->next = of->again = 0;
    of->lost = 0;
    of->seeking = false;
  }
}

void TradePen::forget_numbers() {
  for (const auto& of : pens_) {
    if (of == nullptr) continue;
    for (Entry& entry : of->entries) entry.number = 0;
    of->next = of->again = 0;
    of->last = {};
    of->repeats = 1;
    of->ours = of->seeking = false;
  }
}

bool TradePen::flush(InstrumentId instrument, Outlet& outlet) {
  if (!leading_ || !has_pen(instrument)) return true;
  Pen& of = *pens_[instrument.value()];
  if (!tell_again(of, outlet)) return false;
  if (of.seeking && !tell_that_some_may_lack(of, instrument, outlet)) return false;
  if (of.seeking) return true;
  if (!passes_ && of.lost > 0) {
    if (!tell_gap(of, instrument, of.lost, GapReason::kFeedGap, outlet)) return false;
  }
  of.lost = 0;
  for (; of.next < of.entries.size(); ++of.next) {
    Entry& entry = of.entries[of.next];
    if (!(passes_ ? pass(of, entry, outlet) : tell(of, entry, outlet))) return false;
  }
  of.again = of.next;
  return true;
}

bool TradePen::tell_again(Pen& pen, Outlet& outlet) {
  for (; pen.again < pen.next; ++pen.again) {
    const Entry& entry = pen.entries[pen.again];
    if (entry.number == 0) continue;  // another ingest told it
    const auto before = std::max(entry.count, std::uint64_t{1}) - 1;
    if (!put(entry, entry.number - before, entry.number, outlet)) return false;
  }
  return true;
}

// Our feed may be behind, and what was published last still come. What is older than that is no
// concern of ours; with the first that is newer we know that it will not come.
void TradePen::skip_older(Pen& pen) {
  while (!pen.entries.empty()) {
    const Entry& front = pen.entries.front();
    if (pen.last.trade && front.count == 0 && is_newer(front.trade, *pen.last.trade)) return;
    if (!pen.last.trade) return;
    drop_front(pen);
  }
}

bool TradePen::tell_that_some_may_lack(Pen& pen, InstrumentId instrument, Outlet& outlet) {
  if (pen.last.trade) {
    if (const auto place = behind_last(pen)) {
      pen.next = pen.again = *place;
      pen.seeking = false;
      return true;
    }
  }
  skip_older(pen);
  if (pen.entries.empty()) return true;
  if (!tell_gap(pen, instrument, 1, GapReason::kFeedGap, outlet)) return false;
  const auto is_old = [&pen](const Entry& entry) {
    return pen.last.trade && entry.count == 0 && !is_newer(entry.trade, *pen.last.trade);
  };
  size_ -= std::erase_if(pen.entries, is_old);
  pen.seeking = false;
  return true;
}

bool TradePen::tell_gap(Pen& pen, InstrumentId instrument, std::uint64_t count, GapReason reason,
                        Outlet& outlet) {
  const auto last = pen.last.number;
  const TradeGap gap{instrument, SequenceNumber{last + 1}, SequenceNumber{last + count}, reason};
  if (!outlet.tell(gap)) return false;
  note(pen, last + count, nullptr, true);
  return true;
}

bool TradePen::tell(Pen& pen, Entry& entry, Outlet& outlet) {
  const auto from = pen.last.number + 1;
  const auto number = pen.last.number + std::max(entry.count, std::uint64_t{1});
  if (!put(entry, from, number, outlet)) return false;
  entry.number = number;
  note(pen, number, entry.count == 0 ? &entry.trade : nullptr, true);
  return true;
}

// A relay's: by the numbers they have. A hole that nobody announced is one that we made.
bool TradePen::pass(Pen& pen, Entry& entry, Outlet& outlet) {
  const auto number = entry.trade.header.sequence.value();
  if (number <= pen.last.number) return true;
  const auto last = pen.last.number;
  const auto instrument = entry.trade.header.instrument;
  const auto first = number - std::max(entry.count, std::uint64_t{1}) + 1;
  if (last > 0 && first > last + 1 &&
      !tell_gap(pen, instrument, first - last - 1, GapReason::kFeedGap, outlet)) {
    return false;
  }
  if (!put(entry, std::max(first, last + 1), number, outlet)) return false;
  entry.number = number;
  note(pen, number, entry.count == 0 ? &entry.trade : nullptr, true);
  return true;
}

bool TradePen::put(const Entry& entry, std::uint64_t from, std::uint64_t number, Outlet& outlet) {
  if (entry.count > 0) {
    return outlet.tell(TradeGap{entry.trade.header.instrument, SequenceNumber{from},
                                SequenceNumber{number}, entry.reason});
  }
  Trade told = entry.trade;
  told.header.sequence = SequenceNumber{number};
  return outlet.tell(told);
}

}  // namespace tickgate::feeds
