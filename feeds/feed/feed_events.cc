// SPDX-License-Identifier: Apache-2.0
// What the adapter says to its feed.
#include <utility>

#include "absl/strings/str_cat.h"
#include "feeds/feed/feed.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::InstrumentId;

constexpr std::string_view kComponent = "feeds.feed";

}  // namespace

void Feed::on_instrument(const schemas::Instrument& instrument) {
  if (instruments_.index_of(instrument.id) != InstrumentStates::kUnknown) return;
  publisher_.announce(instrument);
  instruments_.add(instrument.id, now_);
}

// Null: never announced, which no tick of a sound adapter is.
template <typename Tick>
Feed::Entry* Feed::count_tick(const Tick& tick) {
  Entry* const entry = instruments_.find(tick.header.instrument);
  if (entry == nullptr) {
    counters_.anomalies[static_cast<std::size_t>(Anomaly::kUnknownInstrument)].add();
    return nullptr;
  }
  if (tick.header.venue_time != schemas::kNoTime) {
    const auto offset = tick.header.receive_time.value() - tick.header.venue_time.value();
    const auto smooth = counters_.clock_offset.value();
    counters_.clock_offset.set(smooth == 0 ? offset : smooth + (offset - smooth) / 64);
  }
  // What is delivered needs no acknowledgement.
  if (acks_.size() > 0 && acks_.answered({entry->id, Tick::kChannel})) any_answer_ = true;
  instruments_.updated(*entry, now_);
  return entry;
}

void Feed::on_tick(const schemas::Quote& quote) {
  if (count_tick(quote) != nullptr) publisher_.publish(quote);
}
void Feed::on_tick(const schemas::Book& book) {
  if (count_tick(book) != nullptr) publisher_.publish(book);
}
void Feed::on_tick(const schemas::Trade& trade) {
  if (count_tick(trade) != nullptr) publisher_.publish(trade);
}
void Feed::on_tick(const schemas::Ticker& ticker) {
  if (count_tick(ticker) != nullptr) publisher_.publish(ticker);
}

void Feed::on_trades_lost(InstrumentId instrument, std::uint64_t count) {
  if (count == 0 || instruments_.find(instrument) == nullptr) return;
  counters_.trades_lost.add(count);
  publisher_.lose_trades(instrument, count, schemas::GapReason::kFeedGap);
}

void Feed::on_recovering(InstrumentId instrument, std::string_view reason) {
  Entry* const entry = instruments_.find(instrument);
  if (entry == nullptr) return;
  if (entry->synced) entry->broken_since = now_.steady;
  entry->synced = false;
  entry->broken_reason = reason;
  instruments_.refresh(*entry, now_);
}

// The state changes with the first value that follows, or at the next advance() without one: an
// instrument is not called live before there is something fresh to show for it.
void Feed::on_synced(InstrumentId instrument) {
  Entry* const entry = instruments_.find(instrument);
  if (entry == nullptr) return;
  entry->synced = entry->was_synced = true;
  entry->rebuilt_at = now_.steady;
  entry->refused = entry->unanswered = entry->suspect = false;
  instruments_.look_soon(*entry);
  any_answer_ = true;
  acks_.answered({instrument, Channel::kBook});
  resyncs_.on_synced(instruments_.index_of(instrument), now_.steady);
}

void Feed::on_halted(InstrumentId instrument, std::string_view reason) {
  Entry* const entry = instruments_.find(instrument);
  if (entry == nullptr) return;
  entry->halted = true;
  entry->trading_reason = reason;
  instruments_.refresh(*entry, now_);
}

void Feed::on_closed(InstrumentId instrument, std::string_view reason) {
  Entry* const entry = instruments_.find(instrument);
  if (entry == nullptr) return;
  entry->closed = true;
  entry->trading_reason = reason;
  instruments_.refresh(*entry, now_);
}

void Feed::on_trading(InstrumentId instrument) {
  Entry* const entry = instruments_.find(instrument);
  if (entry == nullptr) return;
  entry->halted = entry->closed = false;
  instruments_.refresh(*entry, now_);
}

void Feed::send(std::string text, std::span<const VenueSubscription> awaited) {
  sends_.push_back({std::move(text), {awaited.begin(), awaited.end()}});
}

void Feed::fetch(std::string url) { fetches_.push_back(std::move(url)); }

void Feed::request_resync(InstrumentId instrument) {
  const auto index = instruments_.index_of(instrument);
  if (index == InstrumentStates::kUnknown) return;
  resyncs_.request(index, ResyncQueue::Pace::kNormal, now_.steady, random_);
}

void Feed::request_reconnect(std::string_view reason) {
  requested_reconnect_ = std::string(reason);
}

void Feed::on_acknowledged(VenueSubscription subscription) {
  any_answer_ = true;
  acks_.answered(subscription);
  Entry* const entry = instruments_.find(subscription.instrument);
  if (entry == nullptr) return;
  if (subscription.channel == Channel::kBook) entry->refused = entry->unanswered = false;
  if (subscription.channel != Channel::kBook) entry->note.clear();
  instruments_.look_soon(*entry);
}

// The others go on. A book that the venue refuses leaves its instrument down, and is asked for
// again, slowly; a refused trade or ticker is said beside "live".
void Feed::on_refused(VenueSubscription subscription, std::string_view message) {
  any_answer_ = true;
  acks_.answered(subscription);
  counters_.refused.add();
  Entry* const entry = instruments_.find(subscription.instrument);
  if (entry == nullptr) return;
  refusal_log_.warning(kComponent, "the venue refused a subscription",
                       {{"feed", options_.name},
                        {"symbol", registry_.at(entry->id).symbol},
                        {"channel", name(subscription.channel)},
                        {"message", message}});
  const auto text = absl::StrCat("refused: ", schemas::to_absl(message));
  if (subscription.channel == Channel::kBook) {
    entry->refused = true;
    entry->synced = false;
    entry->broken_reason = text;
    resyncs_.request(instruments_.index_of(entry->id), ResyncQueue::Pace::kSlow, now_.steady,
                     random_);
  } else {
    entry->note = absl::StrCat(schemas::to_absl(name(subscription.channel)), " ", text);
  }
  instruments_.refresh(*entry, now_);
}

void Feed::on_anomaly(Anomaly anomaly, std::string_view detail) {
  counters_.anomalies[static_cast<std::size_t>(anomaly)].add();
  if (anomaly == Anomaly::kGap || anomaly == Anomaly::kChecksumFailed) gap_seen_ = true;
  if (anomaly == Anomaly::kParseError) parse_error_seen_ = true;
  anomaly_log_.warning(
      kComponent, "anomaly",
      {{"feed", options_.name}, {"kind", name(anomaly)}, {"detail", detail.substr(0, 256)}});
}

}  // namespace tickgate::feeds
