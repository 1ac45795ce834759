// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schemas/tick.h"

namespace tickgate::feeds {

// P.instrument: it appears, is as it was, or is served no more.
struct InstrumentNews {
  std::vector<std::string> sources;
  bool removed = false;
  schemas::Timestamp time;  // since when
};
// P.heartbeat.
struct IngestHeartbeat {
  schemas::Timestamp time;     // the ingest's wall clock
  std::int64_t steady_us = 0;  // its steady one, which is never set; 0: it does not say
  std::string_view ingest;
};
// P.venues: the array, as text.
struct VenuesNews {
  std::string_view json;
};

// One object of an ingest, as it was read. Views are valid until the next read, and as long as the
// text.
struct EdgeObject {
  // Whose it is; empty of heartbeat and venues.
  std::string_view symbol;
  // Of a tick the instrument is missing: whoever knows it fills it in. A book is the reader's.
  std::variant<std::monostate, schemas::Quote, schemas::Trade, schemas::TradeGap, schemas::Book*,
               schemas::Ticker, schemas::InstrumentStatus, schemas::Bar, InstrumentNews,
               IngestHeartbeat, VenuesNews>
      what;
  // Of a consolidated quote: the names of the sides' venues. Empty: of a side that is.
  std::string_view bid_venue, ask_venue;
  std::string_view epoch;
  std::uint64_t fence = 0;
};

// Reads what an ingest writes: the objects of the client protocol with the members that
// feeds/ingest/README.md adds to them. Strict in what it knows, passes over members that it does
// not know. One thread's.
class ObjectReader {
 public:
  // So many bytes must be readable behind a text.
  static constexpr std::size_t kPadding = 64;

  ObjectReader();
  ~ObjectReader();
  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;

  // Null: malformed, or of no known type; error() says how.
  EdgeObject* read(std::string_view text);
  // The answer to P.ask.bars, its bars without an instrument. False: malformed.
  bool read_bars(std::string_view text, std::vector<schemas::Bar>& bars);
  std::string_view error() const { return error_; }

 private:
  struct Parser;

  std::unique_ptr<Parser> parser_;
  EdgeObject object_;
  std::string_view error_;  // a constant text
};

}  // namespace tickgate::feeds
