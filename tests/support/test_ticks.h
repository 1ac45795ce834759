// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "schemas/instrument.h"
#include "schemas/tick.h"

// Ticks made by hand, as short as tests want them.
namespace tickgate::testing {

inline schemas::TickHeader header(const schemas::Instrument& instrument, schemas::Channel channel,
                                  std::uint64_t sequence) {
  return {instrument.id,
          channel,
          0,
          0,
          schemas::SequenceNumber{sequence},
          schemas::Timestamp{1'700'000'000'000'000},
          schemas::Timestamp{1'700'000'000'000'500}};
}

inline schemas::Price price(std::string_view text) {
  return schemas::Price{*schemas::parse_decimal(text)};
}
inline schemas::Quantity quantity(std::string_view text) {
  return schemas::Quantity{*schemas::parse_decimal(text)};
}

inline schemas::Quote quote(const schemas::Instrument& instrument, std::uint64_t sequence,
                            std::string_view bid = "100.10") {
  return {header(instrument, schemas::Channel::kQuote, sequence), price(bid), price("200.20"),
          quantity("1.0"), quantity("2.0")};
}

inline schemas::Trade trade(const schemas::Instrument& instrument, std::uint64_t sequence) {
  return {header(instrument, schemas::Channel::kTrade, sequence), price("100.5"), quantity("0.1"),
          schemas::Side::kBuy, std::string_view("id")};
}

inline schemas::InstrumentStatus status(const schemas::Instrument& instrument,
                                        std::uint64_t sequence, schemas::State state) {
  schemas::InstrumentStatus made;
  made.header = header(instrument, schemas::Channel::kStatus, sequence);
  made.state = made.quote_state = state;
  made.since = made.quote_since = schemas::Timestamp{1'700'000'000'000'000};
  return made;
}

inline schemas::Book book(const schemas::Instrument& instrument, std::uint64_t sequence,
                          std::uint8_t levels) {
  schemas::Book made;
  made.header = header(instrument, schemas::Channel::kBook, sequence);
  made.bid_count = made.ask_count = levels;
  for (std::uint8_t i = 0; i < levels; ++i) {
    made.bids[i] = {schemas::Price{{1000 - i, 1}}, quantity("1.5")};
    made.asks[i] = {schemas::Price{{1001 + i, 1}}, quantity("2.5")};
  }
  return made;
}

}  // namespace tickgate::testing
