// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// Whose words an ingest's objects are. Of two that lead, the greater fence is the later one.
struct Stamp {
  std::string epoch;  // of the cluster: its numbers begin anew with another one
  std::uint64_t fence = 0;
};

// Ticks as the text that goes to NATS: the object of the client protocol, and what an edge needs
// besides to make the very same tick of it again (the table in README.md), then epoch and fence.
// One thread's: each text is valid until the next is made.
class TickText {
 public:
  void set(const Stamp& stamp);

  std::string_view of(const schemas::Quote& quote, const schemas::Instrument& instrument);
  std::string_view of(const schemas::Book& book, const schemas::Instrument& instrument);
  std::string_view of(const schemas::Ticker& ticker, const schemas::Instrument& instrument);
  std::string_view of(const schemas::Trade& trade, const schemas::Instrument& instrument);
  std::string_view of(const schemas::TradeGap& gap, const schemas::Instrument& instrument);
  std::string_view of(const schemas::Bar& bar, const schemas::Instrument& instrument);
  // By its symbol alone: it may be of an instrument that we do not have.
  std::string_view of(const schemas::InstrumentStatus& status, std::string_view symbol);
  // That there is such an instrument, or no more, since `time`.
  std::string_view of(const schemas::Instrument& instrument, bool removed, schemas::Timestamp time);
  // That one of which only the symbol is known is served no more.
  std::string_view removed(std::string_view symbol, schemas::Timestamp time);
  // `steady`: of a clock that is never set, by which edges tell how late it is.
  std::string_view heartbeat(std::string_view ingest, schemas::Timestamp time,
                             std::chrono::microseconds steady);
  // `list`: a JSON array, as /v1/venues has it.
  std::string_view venues(std::string_view list);
  // The answer to an ask: {"bars":[...]}, oldest first.
  std::string_view bars(std::span<const schemas::Bar> bars, const schemas::Instrument& instrument);
  // Any object that was made elsewhere.
  std::string_view stamped(std::string_view object);
  std::string_view error(std::string_view code, std::string_view message);

 private:
  void append_bar(const schemas::Bar& bar, std::string_view symbol);
  // In the place of the last object's brace.
  std::string_view end();

  std::string text_;
  std::string tail_ = "}";  // ,"epoch":"...","fence":N}
};

}  // namespace tickgate::feeds
