// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "schemas/decimal.h"

namespace tickgate::testing {

// Keeps everything an adapter says: ticks by kind, and all of it in order as short lines:
//   "instrument KRAKEN:BTC-USD"    "synced KRAKEN:BTC-USD"    "recovering KRAKEN:BTC-USD"
//   "quote KRAKEN:BTC-USD 1.0x2 3.0x4"    "book KRAKEN:BTC-USD 1.0x2 | 3.0x4 5.0x6"
//   "trade KRAKEN:BTC-USD 8 buy 1.0x2"    "lost KRAKEN:BTC-USD 3"    "ticker KRAKEN:BTC-USD 1.0"
//   "halted|closed|trading SYMBOL"    "resync SYMBOL"    "send TEXT"    "fetch URL"    "reconnect"
//   "candles SYMBOL 1m 3|failed"
//   "acknowledged|refused SYMBOL CHANNEL"    "beyond limit SYMBOL"    "anomaly NAME"    "verified"
class RecordingEvents final : public feeds::AdapterEvents {
 public:
  std::vector<std::string> lines;
  std::vector<schemas::Quote> quotes;
  std::vector<schemas::Book> books;
  std::vector<schemas::Trade> trades;
  std::vector<schemas::Ticker> tickers;
  std::vector<std::string> sent, fetched;
  std::vector<feeds::VenueSubscription> awaited, acknowledged;
  std::vector<std::string> details;  // of anomalies and refusals
  std::vector<std::string> reasons;  // of recovering, halted, closed and reconnect
  std::map<feeds::Anomaly, std::size_t> anomalies;
  std::size_t checksums = 0;
  std::vector<std::string> quarantined;       // "KRAKEN:BTC-USD trade bad_price -1.0"
  std::vector<bool> probed;                   // whether the venue still had the same
  std::vector<feeds::FetchRequest> requests;  // of `fetched`, those with more than a URL
  std::vector<feeds::Candle> candles;         // of the last answer

  // How many lines begin so.
  std::size_t count(std::string_view start) const {
    std::size_t found = 0;
    for (const auto& line : lines) found += line.starts_with(start) ? 1 : 0;
    return found;
  }
  // The lines since the last call.
  std::vector<std::string> take() { return std::exchange(lines, {}); }
  std::string symbol(schemas::InstrumentId id) const {
    const auto it = symbols_.find(id.value());
    return it == symbols_.end() ? "#" + std::to_string(id.value()) : it->second;
  }

  void on_instrument(const schemas::Instrument& instrument) override {
    symbols_[instrument.id.value()] = instrument.symbol;
    lines.push_back("instrument " + instrument.symbol);
  }
  void on_tick(const schemas::Quote& quote) override {
    quotes.push_back(quote);
    lines.push_back("quote " + symbol(quote.header.instrument) + ' ' +
                    level({quote.bid, quote.bid_size}) + ' ' + level({quote.ask, quote.ask_size}));
  }
  void on_tick(const schemas::Book& book) override {
    books.push_back(book);
    std::string line = "book " + symbol(book.header.instrument);
    for (const auto& bid : book.bid_levels()) line += ' ' + level(bid);
    line += " |";
    for (const auto& ask : book.ask_levels()) line += ' ' + level(ask);
    lines.push_back(line);
  }
  void on_tick(const schemas::Trade& trade) override {
    trades.push_back(trade);
    lines.push_back("trade " + symbol(trade.header.instrument) + ' ' +
                    std::string(trade.id.view()) + ' ' + std::string(schemas::name(trade.side)) +
                    ' ' + level({trade.price, trade.size}));
  }
  void on_tick(const schemas::Ticker& ticker) override {
    tickers.push_back(ticker);
    lines.push_back("ticker " + symbol(ticker.header.instrument) + ' ' + text(ticker.last.value()));
  }
  void on_trades_lost(schemas::InstrumentId instrument, std::uint64_t count) override {
    lines.push_back("lost " + symbol(instrument) + ' ' + std::to_string(count));
  }
  void on_recovering(schemas::InstrumentId instrument, std::string_view reason) override {
    reasons.emplace_back(reason);
    lines.push_back("recovering " + symbol(instrument));
  }
  void on_quote_invalid(schemas::InstrumentId instrument, std::string_view reason) override {
    reasons.emplace_back(reason);
    lines.push_back("quote invalid " + symbol(instrument));
  }
  void on_synced(schemas::InstrumentId instrument) override {
    lines.push_back("synced " + symbol(instrument));
  }
  void on_halted(schemas::InstrumentId instrument, std::string_view reason) override {
    reasons.emplace_back(reason);
    lines.push_back("halted " + symbol(instrument));
  }
  void on_closed(schemas::InstrumentId instrument, std::string_view reason) override {
    reasons.emplace_back(reason);
    lines.push_back("closed " + symbol(instrument));
  }
  void on_trading(schemas::InstrumentId instrument) override {
    lines.push_back("trading " + symbol(instrument));
  }
  void send(std::string text, std::span<const feeds::VenueSubscription> subscriptions) override {
    awaited.insert(awaited.end(), subscriptions.begin(), subscriptions.end());
    lines.push_back("send " + text);
    sent.push_back(std::move(text));
  }
  void fetch(std::string url) override {
    lines.push_back("fetch " + url);
    fetched.push_back(std::move(url));
  }
  void fetch_as(feeds::FetchRequest request) override {
    requests.push_back(request);
    fetch(std::move(request.url));
  }
  void on_candles(const feeds::CandleAnswer& answer) override {
    candles.assign(answer.candles.begin(), answer.candles.end());
    lines.push_back("candles " + symbol(answer.request.instrument) + ' ' +
                    std::string(schemas::name(answer.request.interval)) + ' ' +
                    (answer.ok ? std::to_string(candles.size()) : "failed"));
  }
  void request_resync(schemas::InstrumentId instrument) override {
    lines.push_back("resync " + symbol(instrument));
  }
  void request_reconnect(std::string_view reason) override {
    reasons.emplace_back(reason);
    lines.emplace_back("reconnect");
  }
  void on_acknowledged(feeds::VenueSubscription subscription) override {
    acknowledged.push_back(subscription);
    lines.push_back("acknowledged " + name(subscription));
  }
  void on_refused(feeds::VenueSubscription subscription, std::string_view message) override {
    details.emplace_back(message);
    lines.push_back("refused " + name(subscription));
  }
  void on_probed(schemas::InstrumentId, bool same) override { probed.push_back(same); }
  void on_limit_reached(std::span<const schemas::InstrumentId> refused,
                        std::string_view message) override {
    details.emplace_back(message);
    for (const auto id : refused) lines.push_back("beyond limit " + symbol(id));
  }
  void on_anomaly(feeds::Anomaly anomaly, std::string_view detail) override {
    ++anomalies[anomaly];
    details.emplace_back(detail);
    lines.push_back("anomaly " + std::string(feeds::name(anomaly)));
  }
  void on_quarantined(const feeds::ImplausibleTick& tick) override {
    quarantined.push_back(name({tick.instrument, tick.channel}) + ' ' +
                          std::string(feeds::name(tick.reason)) + ' ' + std::string(tick.price));
  }
  void on_checksum_verified(schemas::InstrumentId) override {
    ++checksums;
    lines.emplace_back("verified");
  }

 private:
  static std::string text(schemas::Decimal value) {
    char digits[schemas::Decimal::kMaxText];
    return {digits, schemas::write_decimal(digits, value)};
  }
  static std::string level(const schemas::BookLevel& level) {
    return text(level.price.value()) + 'x' + text(level.size.value());
  }
  std::string name(feeds::VenueSubscription subscription) const {
    return symbol(subscription.instrument) + ' ' + std::string(schemas::name(subscription.channel));
  }

  std::map<std::uint32_t, std::string> symbols_;
};

}  // namespace tickgate::testing
