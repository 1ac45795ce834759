// SPDX-License-Identifier: Apache-2.0
// What the adapter says to its connection.
#include <fmt/format.h>

#include <utility>

#include "feeds/feed/connection.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::InstrumentId;

std::uint32_t missing_index(std::uint32_t entry, Channel channel) {
  return entry * static_cast<std::uint32_t>(schemas::kChannelCount) +
         static_cast<std::uint32_t>(channel);
}

// From the venue's stamp to our reading it, by the two clocks as they are. What the venue stamped
// later than we read it tells of clocks alone, and is counted apart.
void note_latency(FeedShared& feed, const schemas::TickHeader& header, Channel channel,
                  Moment now) {
  auto& counters = feed.counters;
  const Monotonic latency(header.receive_time.value() - header.venue_time.value());
  const auto mean = counters.mean_latency.value();
  counters.mean_latency.set(mean == 0 ? latency.count() : mean + (latency.count() - mean) / 64);
  feed.clock.on_stamp(header.venue_time, now);
  if (latency.count() < 0) return counters.venue_ahead.add();
  counters.venue_latency[static_cast<std::size_t>(channel)].observe(latency);
}

}  // namespace

void Connection::on_instrument(const schemas::Instrument& instrument) {
  if (handed_over_.empty() || !handed_over_.contains(instrument.id)) {
    outlet_.announce(instrument, now_);
  }
}

// Before it is published, or what is late would still be shown as live. A book or a quote is looked
// at as it comes; of trades, which may come several at once, the newest of the frame. A ticker's
// time is what each venue takes for one, and history is old without being late.
template <typename Tick>
void Connection::note_stamp(const Tick& tick, const Entry& entry) {
  if constexpr (Tick::kChannel == Channel::kTicker) {
    return;
  } else {
    const auto stamp = tick.header.venue_time;
    if (stamp == schemas::kNoTime) return;
    if (feed_.options.own_clock) note_latency(feed_, tick.header, Tick::kChannel, now_);
    if (feed_.options.passive) return;
    if (outlet_.instruments->history(entry, Tick::kChannel, now_)) return;
    note_latency(feed_, tick.header, Tick::kChannel, now_);
    if constexpr (Tick::kChannel == Channel::kTrade) {
      if (trade_stamp_ == schemas::kNoTime || trade_stamp_ < stamp) trade_stamp_ = stamp;
    } else {
      on_stamp(stamp);
    }
  }
}

// Null: not to be published. Never announced, which no tick of a sound adapter is, or not to be
// believed.
template <typename Tick>
Connection::Entry* Connection::count_tick(const Tick& tick) {
  Entry* const entry = outlet_.instruments->find(tick.header.instrument);
  if (entry == nullptr) {
    if (handed_over_.contains(tick.header.instrument)) return nullptr;  // another one has it
    feed_.counters.anomalies[static_cast<std::size_t>(Anomaly::kUnknownInstrument)].add();
    return nullptr;
  }
  note_stamp(tick, *entry);
  link_.deliver();
  // What is delivered needs no acknowledgement.
  if (acks_.size() > 0 && acks_.answered({entry->id, Tick::kChannel})) any_answer_ = true;
  if (!entry->missing.empty()) [[unlikely]]
    on_given(*entry, Tick::kChannel);
  if (!outlet_.instruments->believe(*entry, tick, now_)) [[unlikely]] {
    withhold(tick, *entry);
    return nullptr;
  }
  outlet_.instruments->updated(*entry, Tick::kChannel, now_);
  return entry;
}

template <typename Tick>
bool Connection::publish(const Tick& tick) {
  if (handover_ != nullptr && !handover_->admit(tick)) [[unlikely]]
    return false;
  if (count_tick(tick) == nullptr) return false;
  if constexpr (Tick::kChannel == Channel::kTicker || Tick::kChannel == Channel::kTrade) {
    publish_day(tick);
  } else {
    outlet_.publisher->publish(tick);
  }
  return true;
}

void Connection::on_tick(const schemas::Quote& quote) { publish(quote); }
void Connection::on_tick(const schemas::Book& book) {
  const bool published = publish(book);
  if (published && !adapter_->facts().quotes_from_book) publish_quote_of(book);
}
void Connection::on_tick(const schemas::Trade& trade) { publish(trade); }
void Connection::on_tick(const schemas::Ticker& ticker) { publish(ticker); }

// What clients see of a day, unless it is kept while we stand by.
void Connection::publish_day(const schemas::Ticker& ticker) {
  if (outlet_.publisher == &feed_.publisher) return feed_.tickers.on_ticker(ticker, now_);
  outlet_.publisher->publish(ticker);
}
void Connection::publish_day(const schemas::Trade& trade) {
  outlet_.publisher->publish(trade);
  if (outlet_.publisher != &feed_.publisher) return;
  feed_.tickers.on_trade(trade, !adapter_->facts().has_ticker, now_);
}

void Connection::on_trades_lost(InstrumentId instrument, std::uint64_t count) {
  if (count == 0 || outlet_.instruments->find(instrument) == nullptr) return;
  // While it stands by, the other may have them.
  if (outlet_.publisher == &feed_.publisher) {
    feed_.counters.trades_lost.add(count);
    feed_.tickers.on_trades_lost(instrument, now_);
    feed_.tallies.add(instrument, Tally::kTradeLost, now_.wall, count);
  }
  outlet_.publisher->lose_trades(instrument, count, schemas::GapReason::kFeedGap);
}

void Connection::on_recovering(InstrumentId instrument, std::string_view reason) {
  Entry* const entry = outlet_.instruments->find(instrument);
  if (entry == nullptr) return;
  if (entry->synced) {
    entry->broken_since = now_.steady;
    if (broken_by_) feed_.tallies.add(instrument, *broken_by_, now_.wall);
  }
  entry->synced = false;
  entry->broken_reason = reason;
  outlet_.instruments->refresh(*entry, now_);
}

// The state changes with the first value that follows, or at the next advance() without one: an
// instrument is not called live before there is something fresh to show for it.
void Connection::on_synced(InstrumentId instrument) {
  Entry* const entry = outlet_.instruments->find(instrument);
  if (entry == nullptr) return;
  outlet_.instruments->rebuilt(*entry, now_);
  any_answer_ = true;
  acks_.answered({instrument, Channel::kBook});
  resyncs_.on_synced(outlet_.instruments->index_of(instrument), now_.steady);
}

void Connection::on_halted(InstrumentId instrument, std::string_view reason) {
  Entry* const entry = outlet_.instruments->find(instrument);
  if (entry == nullptr) return;
  entry->halted = true;
  entry->trading_reason = reason;
  outlet_.instruments->refresh(*entry, now_);
}

void Connection::on_closed(InstrumentId instrument, std::string_view reason) {
  Entry* const entry = outlet_.instruments->find(instrument);
  if (entry == nullptr) return;
  entry->closed = true;
  entry->trading_reason = reason;
  outlet_.instruments->refresh(*entry, now_);
}

void Connection::on_trading(InstrumentId instrument) {
  Entry* const entry = outlet_.instruments->find(instrument);
  if (entry == nullptr) return;
  if (entry->halted) outlet_.instruments->trading_anew(*entry);
  entry->halted = entry->closed = false;
  outlet_.instruments->refresh(*entry, now_);
}

void Connection::send(std::string text, std::span<const VenueSubscription> awaited) {
  requests_.send(std::move(text), awaited);
}

void Connection::send_urgent(std::string text) { requests_.send_urgent(std::move(text)); }

void Connection::send_secret(std::string text) { requests_.send_secret(std::move(text)); }

void Connection::fetch(std::string url) { requests_.fetch({.url = std::move(url)}); }

void Connection::fetch_as(FetchRequest request) {
  fetch_tags_.expect(request.url, request.tag);
  requests_.fetch(std::move(request));
}

void Connection::request_resync(InstrumentId instrument) {
  const auto index = outlet_.instruments->index_of(instrument);
  if (index == InstrumentStates::kUnknown) return;
  resyncs_.request(index, ResyncQueue::Pace::kNormal, now_.steady, feed_.random);
}

void Connection::request_reconnect(std::string_view reason) {
  requested_reconnect_ = std::string(reason);
}

void Connection::request_replacement(std::string_view reason) {
  if (feed_.options.passive) return request_reconnect(reason);
  requested_replacement_ = true;
  log::info(kComponent, "the connection is to be replaced",
            {{"feed", feed_.options.name},
             {"reason", without_credentials(reason, feed_.options.credentials)}});
}

void Connection::on_acknowledged(VenueSubscription subscription) {
  any_answer_ = true;
  acks_.answered(subscription);
  Entry* const entry = outlet_.instruments->find(subscription.instrument);
  if (entry == nullptr) return;
  if (subscription.channel == Channel::kBook) entry->refused = entry->unanswered = false;
  if (subscription.channel != Channel::kBook) on_given(*entry, subscription.channel);
  outlet_.instruments->look_soon(*entry);
}

// The venue gives it, as its acknowledgement or its data shows.
void Connection::on_given(Entry& entry, Channel channel) {
  if (!entry.missing.clear(channel)) return;
  missing_.on_synced(missing_index(outlet_.instruments->index_of(entry.id), channel), now_.steady);
  outlet_.instruments->look_soon(entry);
}

// Refused or not answered: the others go on. It is asked for again, slowly, until it is given: the
// next time is noted as soon as it was asked for, so that nothing depends on how, or whether, the
// venue answers.
void Connection::on_missing(Entry& entry, VenueSubscription subscription, std::string why) {
  entry.missing.set(subscription.channel, std::move(why));
  missing_.request(missing_index(outlet_.instruments->index_of(entry.id), subscription.channel),
                   ResyncQueue::Pace::kSlow, now_.steady, feed_.random);
  outlet_.instruments->look_soon(entry);
}

void Connection::ask_for_missing() {
  while (const auto index = missing_.pop(now_.steady, [this](std::uint32_t one) {
    return feed_.followers(outlet_.instruments->entries()[one / schemas::kChannelCount].id);
  })) {
    Entry& entry = outlet_.instruments->entries()[*index / schemas::kChannelCount];
    const VenueSubscription subscription{entry.id,
                                         static_cast<Channel>(*index % schemas::kChannelCount)};
    missing_.request(*index, ResyncQueue::Pace::kSlow, now_.steady, feed_.random);
    adapter_->ask_again(subscription);
  }
}

void Connection::on_limit_reached(std::span<const InstrumentId> refused, std::string_view message) {
  any_answer_ = true;
  if (owner_.on_limit_reached(*this, refused, now_)) {
    log::warning(kComponent, "the venue serves no more over one connection",
                 {{"feed", feed_.options.name},
                  {"symbols", refused.size()},
                  {"message", without_credentials(message, feed_.options.credentials)}});
    return;
  }
  for (const auto id : refused) on_refused({id, Channel::kBook}, message);
}

// The others go on. A book that the venue refuses leaves its instrument down, and is asked for
// again, slowly; of any other channel it is said beside "live" that it is missing.
void Connection::on_refused(VenueSubscription subscription, std::string_view refusal) {
  if (handed_over_.contains(subscription.instrument)) return;
  const auto message = without_credentials(refusal, feed_.options.credentials);
  any_answer_ = true;
  acks_.answered(subscription);
  feed_.counters.refused.add();
  feed_.tallies.refused(subscription.instrument, subscription.channel, message, now_.wall);
  Entry* const entry = outlet_.instruments->find(subscription.instrument);
  if (entry == nullptr) return;
  feed_.refusal_log.warning(kComponent, "the venue refused a subscription",
                            {{"feed", feed_.options.name},
                             {"symbol", feed_.registry.at(entry->id).symbol},
                             {"channel", name(subscription.channel)},
                             {"message", message}});
  const auto text = fmt::format("refused: {}", message);
  if (subscription.channel == Channel::kBook) {
    entry->refused = true;
    entry->synced = false;
    entry->broken_reason = text;
    resyncs_.request(outlet_.instruments->index_of(entry->id), ResyncQueue::Pace::kSlow,
                     now_.steady, feed_.random);
  } else {
    on_missing(*entry, subscription, text);
  }
  outlet_.instruments->refresh(*entry, now_);
}

void Connection::on_anomaly(Anomaly anomaly, std::string_view detail) {
  feed_.counters.anomalies[static_cast<std::size_t>(anomaly)].add();
  if (anomaly == Anomaly::kGap || anomaly == Anomaly::kChecksumFailed) {
    gap_seen_ = true;
    broken_by_ = anomaly == Anomaly::kGap ? Tally::kGap : Tally::kChecksumFailed;
  }
  if (anomaly == Anomaly::kParseError) unreadable_seen_ = true;
  const auto text = without_credentials(detail.substr(0, 256), feed_.options.credentials);
  feed_.anomaly_log.warning(
      kComponent, "anomaly",
      {{"feed", feed_.options.name}, {"kind", name(anomaly)}, {"detail", text}});
}

}  // namespace tickgate::feeds
