// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/replay_events.h"

#include <fmt/format.h>

#include <utility>

namespace tickgate::gateway {

using schemas::Channel;
using schemas::InstrumentId;
using schemas::State;

void ReplayEvents::connected(const feeds::VenueFacts& facts, std::uint32_t opened) {
  connection_.quotes_from_book = facts.quotes_from_book;
  connection_.open = true;
  connection_.opened = opened;
  forget_books("waiting for the first book");
}

void ReplayEvents::disconnected() {
  connection_.open = false;
  fetch_tags_.clear();
  forget_books("disconnected");
}

void ReplayEvents::forget_books(std::string_view reason) {
  connection_.whole_books.clear();
  for (auto& standing : connection_.standings) {
    standing = {};
    standing.book_reason = reason;
    standing.quote_is_none = true;
    standing.quote_reason = "waiting for the first quote";
  }
  states_.refresh_all(connection_);
}

void ReplayEvents::on_instrument(const schemas::Instrument& instrument) {
  states_.announce(instrument, connection_);
}

// A value on a channel that was refused once means that it was not for good.
void ReplayEvents::on_tick(const schemas::Trade& trade) {
  set_note({trade.header.instrument, Channel::kTrade}, {});
  if (!states_.publish(trade, connection_)) ++counters_.trades_lost;
}

void ReplayEvents::on_tick(const schemas::Ticker& ticker) {
  set_note({ticker.header.instrument, Channel::kTicker}, {});
  states_.publish(ticker, connection_);
}

void ReplayEvents::on_trades_lost(InstrumentId instrument, std::uint64_t count) {
  if (count == 0) return;
  counters_.trades_lost += count;
  publisher_.lose_trades(instrument, count, schemas::GapReason::kFeedGap);
}

void ReplayEvents::on_recovering(InstrumentId instrument, std::string_view reason) {
  connection_.set_book(instrument, false);
  connection_.of(instrument).book_reason = reason;
  states_.refresh(instrument);
}

void ReplayEvents::on_synced(InstrumentId instrument) {
  connection_.set_book(instrument, true);
  auto& standing = connection_.of(instrument);
  standing.refused = false;
  standing.book_reason.clear();
  states_.synced(instrument, connection_);
}

void ReplayEvents::on_quote_invalid(InstrumentId instrument, std::string_view reason) {
  auto& standing = connection_.of(instrument);
  standing.quote_is_none = true;
  standing.quote_reason = reason;
  states_.quote_invalid(instrument, connection_);
}

void ReplayEvents::on_halted(InstrumentId instrument, std::string_view reason) {
  states_.set_trading(instrument, State::kHalted, reason);
}

void ReplayEvents::on_closed(InstrumentId instrument, std::string_view reason) {
  states_.set_trading(instrument, State::kClosed, reason);
}

void ReplayEvents::on_trading(InstrumentId instrument) {
  states_.set_trading(instrument, State::kLive, {});
}

void ReplayEvents::set_note(feeds::VenueSubscription subscription, std::string text) {
  auto& notes = connection_.of(subscription.instrument).notes;
  auto& note = notes[static_cast<std::size_t>(subscription.channel)];
  if (note == text) return;
  note = std::move(text);
  states_.refresh(subscription.instrument);
}

void ReplayEvents::on_acknowledged(feeds::VenueSubscription subscription) {
  auto& standing = connection_.of(subscription.instrument);
  if (subscription.channel != Channel::kBook) return set_note(subscription, {});
  if (std::exchange(standing.refused, false)) states_.refresh(subscription.instrument);
}

void ReplayEvents::on_refused(feeds::VenueSubscription subscription, std::string_view message) {
  const auto text = fmt::format("refused: {}", message);
  if (subscription.channel != Channel::kBook) {
    return set_note(subscription, fmt::format("{} {}", name(subscription.channel), text));
  }
  connection_.set_book(subscription.instrument, false);
  auto& standing = connection_.of(subscription.instrument);
  standing.refused = true;
  standing.book_reason = text;
  states_.refresh(subscription.instrument);
}

void ReplayEvents::on_anomaly(feeds::Anomaly anomaly, std::string_view detail) {
  ++counters_.of(anomaly);
  anomaly_hook_(anomaly, detail);
}

}  // namespace tickgate::gateway
