// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "schemas/ids.h"
#include "schemas/interval.h"

namespace tickgate::feeds {

// A text as one token of a subject: bytes outside [A-Za-z0-9_-] become "=HH", an empty text "=".
// Reversible, and a valid key of a bucket too.
std::string escape_token(std::string_view text);
// Of what escape_token() gave, and of nothing else.
std::optional<std::string> unescape_token(std::string_view token);

// What a subject is about: the word behind the prefix.
enum class Topic : std::uint8_t {
  kQuote,
  kBook,
  kTicker,
  kStatus,
  kBar,
  kInstrument,
  kTrade,
  kHeartbeat,
  kVenues,
  kAskBook,
  kAskBars,
  kWantBars,
};

// A subject, read back.
struct Subject {
  Topic topic = Topic::kQuote;
  std::string symbol;                           // "KRAKEN:BTC-USD"; empty from kHeartbeat on
  std::optional<schemas::Interval> interval{};  // of kBar
};

// The names on the wire, all behind one prefix ("tickgate.v1"): the subjects
//   PREFIX.quote.VENUE.PAIR   (book, ticker, status, instrument, trade alike; VENUE and PAIR are
//   PREFIX.bar.VENUE.PAIR.1m   the two parts of a symbol, each escaped)
//   PREFIX.heartbeat, PREFIX.venues, PREFIX.ask.book, PREFIX.ask.bars, PREFIX.want.bars
// and the streams that keep them.
class Subjects {
 public:
  // A prefix: words of [A-Za-z0-9_-] with dots between them, at most 64 bytes.
  static absl::Status check_prefix(std::string_view prefix);
  explicit Subjects(std::string_view prefix);  // one that passes the check

  std::string quote(std::string_view symbol) const { return of(Topic::kQuote, symbol); }
  std::string book(std::string_view symbol) const { return of(Topic::kBook, symbol); }
  std::string ticker(std::string_view symbol) const { return of(Topic::kTicker, symbol); }
  std::string status(std::string_view symbol) const { return of(Topic::kStatus, symbol); }
  std::string instrument(std::string_view symbol) const { return of(Topic::kInstrument, symbol); }
  std::string trade(std::string_view symbol) const { return of(Topic::kTrade, symbol); }
  std::string bar(std::string_view symbol, schemas::Interval interval) const;
  std::string heartbeat() const { return of(Topic::kHeartbeat); }
  std::string venues() const { return of(Topic::kVenues); }
  std::string ask_book() const { return of(Topic::kAskBook); }
  std::string ask_bars() const { return of(Topic::kAskBars); }
  std::string want_bars() const { return of(Topic::kWantBars); }

  // `symbol` may be a pattern as clients write it: "KRAKEN:*", "*:BTC-USD", "*". Of an instrument's
  // topic; bars take an interval, or all of them.
  std::string of(Topic topic, std::string_view symbol) const;
  std::string bars(std::string_view symbol, std::optional<schemas::Interval> interval = {}) const;
  std::string of(Topic topic) const;  // of no instrument

  // nullopt: none of ours.
  std::optional<Subject> parse(std::string_view subject) const;

  const std::string& prefix() const { return prefix_; }
  std::string last_stream() const { return name_ + "_LAST"; }      // "TICKGATE_V1_LAST"
  std::string trades_stream() const { return name_ + "_TRADES"; }  // "TICKGATE_V1_TRADES"
  const std::string& bucket() const { return name_; }              // "TICKGATE_V1"
  // What each of the streams keeps.
  std::vector<std::string> last_subjects() const;
  std::vector<std::string> trade_subjects() const;

 private:
  std::string prefix_;
  std::string name_;  // the prefix, as streams are named
};

// The topic of a channel.
Topic topic_of(schemas::Channel channel);
std::optional<schemas::Channel> channel_of(Topic topic);

}  // namespace tickgate::feeds
