// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "feeds/publish/publisher.h"
#include "schemas/json.h"

namespace tickgate::testing {

// What consolidated instruments publish, a line each: "quote BEST:BTC-USD 7x1@a 8x2@b",
// "status BEST:BTC-USD live in[a, b] out[c down]".
class BestLines final : public feeds::TickSink {
 public:
  std::vector<std::string> lines;
  std::vector<schemas::Quote> quotes;
  std::vector<schemas::InstrumentStatus> statuses;

  std::vector<std::string> take() { return std::exchange(lines, {}); }

  void on_instrument(const schemas::Instrument& instrument) override {
    instruments_.resize(instrument.id.value() + std::size_t{1});
    instruments_[instrument.id.value()] = &instrument;
    lines.push_back("instrument " + instrument.symbol);
  }
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp) override {
    lines.push_back("removed " + instrument.symbol);
  }
  void on_tick(const schemas::Quote& quote) override {
    quotes.push_back(quote);
    const auto& instrument = of(quote.header);
    lines.push_back("quote " + instrument.symbol + " " +
                    side(instrument, quote.bid, quote.bid_size, quote.header.bid_venue) + " " +
                    side(instrument, quote.ask, quote.ask_size, quote.header.ask_venue));
  }
  void on_tick(const schemas::InstrumentStatus& status) override {
    statuses.push_back(status);
    lines.push_back("status " + of(status.header).symbol + " " +
                    std::string(name(status.quote_state)) + " in[" +
                    std::string(status.note.view()) + "] out[" +
                    std::string(status.quote_reason.view()) + "]");
  }
  void on_tick(const schemas::Book&) override { lines.emplace_back("book"); }
  void on_tick(const schemas::Trade&) override { lines.emplace_back("trade"); }
  void on_tick(const schemas::Ticker&) override { lines.emplace_back("ticker"); }
  void on_tick(const schemas::Bar&) override { lines.emplace_back("bar"); }
  void on_trade_gap(const schemas::TradeGap&) override { lines.emplace_back("gap"); }

  const schemas::Instrument& of(const schemas::TickHeader& header) const {
    return *instruments_.at(header.instrument.value());
  }

 private:
  static std::string side(const schemas::Instrument& instrument, schemas::Price price,
                          schemas::Quantity size, std::uint8_t place) {
    if (place == 0) return "-";
    return text(price.value()) + "x" + text(size.value()) + "@" + instrument.sources.at(place - 1U);
  }
  static std::string text(schemas::Decimal value) {
    char digits[schemas::Decimal::kMaxText];
    return {digits, schemas::write_decimal(digits, value)};
  }

  std::vector<const schemas::Instrument*> instruments_;
};

}  // namespace tickgate::testing
