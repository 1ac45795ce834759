// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "feeds/adapter/venue_adapter.h"
#include "schemas/check.h"

namespace tickgate::testing {

// Hears an adapter that is fed anything at all, and stops the process when it says what none may:
// a negative price or size, a book while it is recovering or crossed, a tick of an instrument it
// never announced, bars that are not what was asked for.
class AdapterInvariants final : public feeds::AdapterEvents {
 public:
  // What was requested, for whoever grants requests.
  std::string last_fetch;
  schemas::InstrumentId last_resync;
  bool resync_requested = false;

  void on_instrument(const schemas::Instrument& instrument) override {
    TICKGATE_CHECK(known_.insert(instrument.id.value()).second);
  }
  void on_tick(const schemas::Quote& quote) override {
    check_known(quote.header.instrument);
    check_level({quote.bid, quote.bid_size});
    check_level({quote.ask, quote.ask_size});
  }
  void on_tick(const schemas::Book& book) override {
    check_known(book.header.instrument);
    TICKGATE_CHECK(synced_.contains(book.header.instrument.value()));
    for (const auto& level : book.bid_levels()) check_level(level);
    for (const auto& level : book.ask_levels()) check_level(level);
    if (book.bid_count > 0 && book.ask_count > 0) {
      TICKGATE_CHECK(book.bids[0].price < book.asks[0].price);
    }
  }
  void on_tick(const schemas::Trade& trade) override {
    check_known(trade.header.instrument);
    check_level({trade.price, trade.size});
  }
  void on_tick(const schemas::Ticker& ticker) override {
    check_known(ticker.header.instrument);
    check_level({ticker.last, ticker.volume});
  }
  void on_trades_lost(schemas::InstrumentId instrument, std::uint64_t count) override {
    check_known(instrument);
    TICKGATE_CHECK(count > 0);
  }
  void on_recovering(schemas::InstrumentId instrument, std::string_view /*reason*/) override {
    check_known(instrument);
    synced_.erase(instrument.value());
  }
  void on_synced(schemas::InstrumentId instrument) override {
    check_known(instrument);
    TICKGATE_CHECK(synced_.insert(instrument.value()).second);
  }
  void on_halted(schemas::InstrumentId id, std::string_view /*reason*/) override {
    check_known(id);
  }
  void on_closed(schemas::InstrumentId id, std::string_view /*reason*/) override {
    check_known(id);
  }
  void on_trading(schemas::InstrumentId id) override { check_known(id); }
  void send(std::string /*text*/, std::span<const feeds::VenueSubscription> /*all*/) override {}
  void fetch(std::string url) override { last_fetch = std::move(url); }
  void on_candles(const feeds::CandleAnswer& answer) override {
    const auto& request = answer.request;
    TICKGATE_CHECK(answer.ok || answer.candles.empty());
    auto from = request.from;
    for (const auto& candle : answer.candles) {
      TICKGATE_CHECK(from <= candle.start && candle.start < request.to);
      TICKGATE_CHECK(schemas::start_of(candle.start, request.interval) == candle.start);
      from = schemas::Timestamp{candle.start.value() + schemas::length(request.interval)};
      check_level({candle.low, candle.volume});
      TICKGATE_CHECK(!candle.low.value().is_zero());
      for (const auto price : {candle.open, candle.close}) {
        TICKGATE_CHECK(candle.low <= price && price <= candle.high);
      }
    }
  }
  void request_resync(schemas::InstrumentId instrument) override {
    check_known(instrument);
    last_resync = instrument;
    resync_requested = true;
  }
  void request_reconnect(std::string_view /*reason*/) override {}
  void on_acknowledged(feeds::VenueSubscription subscription) override {
    check_known(subscription.instrument);
  }
  void on_refused(feeds::VenueSubscription subscription, std::string_view /*text*/) override {
    check_known(subscription.instrument);
  }
  void on_anomaly(feeds::Anomaly /*anomaly*/, std::string_view detail) override {
    TICKGATE_CHECK(detail.size() < 1000);
  }
  void on_checksum_verified(schemas::InstrumentId id) override { check_known(id); }

  std::optional<schemas::InstrumentId> any() const {
    if (known_.empty()) return std::nullopt;
    return schemas::InstrumentId{*known_.begin()};
  }
  // The connection is gone, and every book with it.
  void close() { synced_.clear(); }
  // Whether what the adapter shows and what it said agree.
  void check_books(const feeds::VenueAdapter& adapter) const {
    for (const auto id : known_) {
      const auto* const book = adapter.book(schemas::InstrumentId{id});
      TICKGATE_CHECK((book != nullptr) == synced_.contains(id));
      if (book != nullptr) TICKGATE_CHECK(!book->crossed());
    }
  }

 private:
  void check_known(schemas::InstrumentId id) const { TICKGATE_CHECK(known_.contains(id.value())); }
  static void check_level(const schemas::BookLevel& level) {
    TICKGATE_CHECK(!level.price.value().is_negative() && !level.size.value().is_negative());
  }

  std::set<std::uint32_t> known_, synced_;
};

}  // namespace tickgate::testing
