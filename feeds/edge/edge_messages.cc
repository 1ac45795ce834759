// SPDX-License-Identifier: Apache-2.0
// What becomes of the messages of a cluster.
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "feeds/edge/edge_model.h"

namespace tickgate::feeds {

using schemas::Channel;
using schemas::Timestamp;

namespace {

std::uint8_t place_of(const std::vector<std::string>& sources, std::string_view venue) {
  const auto found = std::ranges::find(sources, venue);
  return found == sources.end() ? std::uint8_t{0}
                                : static_cast<std::uint8_t>(found - sources.begin() + 1);
}

}  // namespace

void EdgeModel::on_message(From from, std::string_view text, Moment now, Timestamp wall) {
  EdgeObject* const object = reader_.read(text);
  if (object == nullptr) return parts_.counters->bad_messages.add();
  if (!accept(*object, from, now, wall)) return parts_.counters->fenced.add();
  take(*object, from, now, wall);
}

// Whether it is of the cluster that is followed, and not of a leader that was superseded. Trades of
// earlier leaders are the past of this one's.
bool EdgeModel::accept(const EdgeObject& object, From from, Moment now, Timestamp wall) {
  if (object.epoch != epoch_) {
    if (!epoch_.empty() && object.fence <= fence_) return false;
    begin_epoch(object.epoch, now, wall);
    fence_ = object.fence;
    return true;
  }
  if (object.fence < fence_) return from == From::kHistory;
  if (object.fence > fence_) {
    fence_ = object.fence;
    if (connected_) read_again(false, now, wall);
  }
  return true;
}

void EdgeModel::begin_epoch(std::string_view epoch, Moment now, Timestamp wall) {
  const bool first = epoch_.empty();
  epoch_ = epoch;
  epoch_since_ = now;
  parts_.counters->epochs.add();
  if (first) return;  // it is told once all is here that is stored
  epoch_since_.reset();
  tell_epoch();
  merge_.clear();
  trades_.clear();
  trades_until_.reset();
  instruments_read_ = false;
  for (Known& known : known_) {
    known.confirmed = false;
    cache_.forget(known.instrument->id);
    if (!known.served) continue;
    parts_.out->on_instrument(*known.instrument);
    show(shown_.appear(known.instrument->id, wall));
    show_word(known.instrument->id);
  }
  if (!connected_) return;
  read_again(true, now, wall);
  fill_trades(now);
}

void EdgeModel::tell_epoch() {
  parts_.out->on_epoch({std::string_view(epoch_)});
  if (parts_.on_epoch) parts_.on_epoch(epoch_);
}

const EdgeModel::Known* EdgeModel::find(std::string_view symbol) const {
  const auto found = by_symbol_.find(symbol);
  if (found == by_symbol_.end() || !known_[found->second].served) return nullptr;
  return &known_[found->second];
}

void EdgeModel::take(EdgeObject& object, From from, Moment now, Timestamp wall) {
  if (const auto* const heartbeat = std::get_if<IngestHeartbeat>(&object.what)) {
    // A stored one says who leads, and nothing of whether it lives.
    if (from != From::kLive) return;
    take_heartbeat(*heartbeat, object.fence, now);
    look(now, wall);
    return;
  }
  if (const auto* const venues = std::get_if<VenuesNews>(&object.what)) {
    venues_ = venues->json;
    return;
  }
  if (const auto* const news = std::get_if<InstrumentNews>(&object.what)) {
    return take_news(object.symbol, *news, object.fence, from, now, wall);
  }
  const Known* const known = find(object.symbol);
  if (known == nullptr) return;  // it will be read when it appears
  const auto& instrument = *known->instrument;
  const auto of = [&](auto& tick) -> auto& {
    tick.header.instrument = instrument.id;
    parts_.counters->messages[static_cast<std::size_t>(tick.header.channel)].add();
    return tick;
  };
  if (auto* const quote = std::get_if<schemas::Quote>(&object.what)) {
    quote->header.bid_venue = place_of(instrument.sources, object.bid_venue);
    quote->header.ask_venue = place_of(instrument.sources, object.ask_venue);
    take_value(of(*quote), slot_of(Channel::kQuote), object.fence, wall);
  } else if (auto* const book = std::get_if<schemas::Book*>(&object.what)) {
    take_value(of(**book), slot_of(Channel::kBook), object.fence, wall);
  } else if (auto* const ticker = std::get_if<schemas::Ticker>(&object.what)) {
    take_value(of(*ticker), slot_of(Channel::kTicker), object.fence, wall);
  } else if (auto* const status = std::get_if<schemas::InstrumentStatus>(&object.what)) {
    take_status(of(*status), object.fence);
  } else if (auto* const bar = std::get_if<schemas::Bar>(&object.what)) {
    take_value(of(*bar), slot_of(bar->interval), object.fence, wall);
  } else if (auto* const trade = std::get_if<schemas::Trade>(&object.what)) {
    take_trade(of(*trade), object.fence, from, now);
  } else if (auto* const gap = std::get_if<schemas::TradeGap>(&object.what)) {
    gap->instrument = instrument.id;
    take_trade(*gap, object.fence, from, now);
  }
}

void EdgeModel::take_heartbeat(const IngestHeartbeat& heartbeat, std::uint64_t fence, Moment now) {
  const bool steady = heartbeat.steady_us > 0;
  const Moment sent{steady ? heartbeat.steady_us : heartbeat.time.value()};
  ingest_ = heartbeat.ingest;
  const auto clock =
      std::hash<std::string_view>()(heartbeat.ingest) ^ (fence << 1U) ^ (steady ? 1 : 0);
  freshness_.on_heartbeat(now, sent, clock);
  if (connected_ && !trades_.filling()) trades_until_ = now;
}

template <typename Tick>
void EdgeModel::take_value(Tick& tick, std::size_t slot, std::uint64_t fence, Timestamp /*wall*/) {
  constexpr bool kBar = std::is_same_v<Tick, schemas::Bar>;
  const auto instrument = tick.header.instrument;
  const auto lane =
      kBar ? slot - slot_of(Channel::kBar) + kLaneChannels.size()
           : static_cast<std::size_t>(std::ranges::find(kLaneChannels, Tick::kChannel) -
                                      kLaneChannels.begin());
  if (!cover_.covers(instrument, lane)) return;  // it was forgotten already
  const bool awaited = round_shown_ && merge_.awaits(instrument);
  switch (merge_.take(instrument, slot, {fence, tick.header.sequence.value()})) {
    case Merge::Verdict::kOld:
      parts_.counters->duplicates.add();
      return;
    case Merge::Verdict::kSame:
      parts_.counters->duplicates.add();
      break;
    case Merge::Verdict::kNew:
      if constexpr (kBar) {
        const bool wanted =
            parts_.bar_demand != nullptr && parts_.bar_demand->any(instrument, tick.interval);
        if (wanted) parts_.out->on_tick(std::as_const(tick));
      } else {
        cache_.apply(tick);
        parts_.out->on_tick(std::as_const(tick));
      }
      break;
  }
  if (awaited && !merge_.awaits(instrument)) show_word(instrument);
}

void EdgeModel::take_status(schemas::InstrumentStatus& status, std::uint64_t fence) {
  const auto instrument = status.header.instrument;
  const auto verdict =
      merge_.take(instrument, slot_of(Channel::kStatus), {fence, status.header.sequence.value()});
  if (verdict != Merge::Verdict::kNew) parts_.counters->duplicates.add();
  if (verdict == Merge::Verdict::kOld) return;
  if (verdict == Merge::Verdict::kSame) return show_word(instrument);
  if (const auto shown = shown_.say(status, word_of(instrument))) show(*shown);
}

void EdgeModel::take_trade(const TradeOrder::Item& item, std::uint64_t fence, From from,
                           Moment now) {
  const auto took =
      from == From::kHistory ? trades_.take_stored(item, fence) : trades_.take_live(item);
  if (took == TradeOrder::Took::kDuplicate) parts_.counters->duplicates.add();
  if (took == TradeOrder::Took::kHole) fill_trades(now);
}

void EdgeModel::take_news(std::string_view symbol, const InstrumentNews& news, std::uint64_t fence,
                          From from, Moment now, Timestamp wall) {
  const auto parts = schemas::split_symbol(symbol);
  if (!parts.has_value()) return parts_.counters->bad_messages.add();
  auto found = by_symbol_.find(symbol);
  if (found == by_symbol_.end()) {
    if (news.removed) return;
    std::string venue(parts->venue);
    for (char& c : venue) c = absl::ascii_tolower(static_cast<unsigned char>(c));
    const auto& instrument =
        parts_.registry->add(venue, symbol.substr(parts->venue.size() + 1), news.sources);
    if (instrument.symbol != symbol) return parts_.counters->bad_messages.add();
    found = by_symbol_.emplace(std::string(symbol), known_.size()).first;
    known_.emplace_back().instrument = &instrument;
  }
  Known& known = known_[found->second];
  const bool older =
      known.confirmed && std::pair(fence, news.time) < std::pair(known.fence, known.time);
  if (older) return;
  known.fence = fence;
  known.time = news.time;
  known.confirmed = true;
  if (news.removed) {
    if (known.served) remove(known, wall);
  } else if (!known.served) {
    appear(known, from, now, wall);
  }
}

void EdgeModel::appear(Known& known, From from, Moment now, Timestamp wall) {
  const auto& instrument = *known.instrument;
  known.served = true;
  ++served_;
  cover_.appear(instrument);
  parts_.out->on_instrument(instrument);
  show(shown_.appear(instrument.id, wall));
  show_word(instrument.id);
  if (from != From::kLive) return;  // what is stored of it is read behind this
  readings_.get(subjects_.status(instrument.symbol), now);
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    if (cover_.covers(instrument.id, lane)) {
      readings_.get(subject_of(lane, instrument.symbol), now);
    }
  }
}

void EdgeModel::remove(Known& known, Timestamp wall) {
  const auto& instrument = *known.instrument;
  known.served = false;
  --served_;
  DemandCover::Changes changes;
  cover_.remove(instrument, changes);
  for (const auto& change : changes.subjects) {
    parts_.orders->unsubscribe(subject_of(change.lane, change.symbol));
    --subscribed_;
  }
  merge_.forget(instrument.id);
  cache_.forget(instrument.id);
  shown_.remove(instrument.id);
  parts_.out->on_removed(instrument, wall);
}

// Of another epoch all instruments have been read: what is not among them is not served any more.
void EdgeModel::remove_unconfirmed(Timestamp wall) {
  for (Known& known : known_) {
    if (known.served && !known.confirmed) remove(known, wall);
  }
}

}  // namespace tickgate::feeds
