// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/publish/publisher.h"

namespace tickgate::gateway {

// What one connection of a replay says of an instrument.
struct ReplayStanding {
  bool synced = false;
  bool refused = false;                                   // the venue refuses its book
  bool quote_is_none = false;                             // what came last as its quote is none
  std::string book_reason;                                // why it is not synced, or is refused
  std::string quote_reason;                               // why the quote is none
  std::array<std::string, schemas::kChannelCount> notes;  // of channels that the venue refuses
};

// One connection of a replay, as the states see it. Lives as long as they do.
struct ReplayConnection {
  bool quotes_from_book = false;  // VenueFacts
  bool connected = false;
  std::uint32_t opened = 0;               // the later, the more
  std::vector<ReplayStanding> standings;  // by InstrumentId

  ReplayStanding& of(schemas::InstrumentId instrument);
};

// The instruments of a replay, each of which several connections may carry: one its books, another
// its trades, or one all of them until another replaces it. A channel's values and their state are
// those of one connection, its carrier: the one opened last of those that have brought the channel.
// What others say on it is let go; a trade that two of them bring is one. One thread.
class ReplayStates {
 public:
  explicit ReplayStates(feeds::Publisher& publisher) : publisher_(publisher) {}

  // The time of the record at hand, which dates a change of state.
  void set_time(schemas::Timestamp now) { now_ = now; }
  // `connection` knows this instrument; before anything else of the two.
  void announce(const schemas::Instrument& instrument, ReplayConnection& connection);
  // What a connection says of the instrument is another thing now.
  void refresh(schemas::InstrumentId instrument);
  // The same of all that it knows.
  void refresh_all(const ReplayConnection& connection);
  // The venue's word on trading, whichever connection heard it: kLive, kHalted or kClosed.
  void set_trading(schemas::InstrumentId instrument, schemas::State state, std::string_view reason);
  // The connection has the book whole: its books are the ones from now on, if it was opened later.
  void synced(schemas::InstrumentId instrument, ReplayConnection& connection);

  // What the connection brought last as the instrument's quote is none.
  void quote_invalid(schemas::InstrumentId instrument, ReplayConnection& connection);

  void publish(const schemas::Book& book, ReplayConnection& connection);
  void publish(const schemas::Quote& quote, ReplayConnection& connection);
  void publish(const schemas::Ticker& ticker, ReplayConnection& connection);
  void publish(const schemas::Trade& trade, ReplayConnection& connection);

 private:
  // Enough of the newest trades to know one that came over another connection before.
  static constexpr std::size_t kTradesKept = 256;
  struct SeenTrade {
    std::size_t hash;  // of the venue's id
    const ReplayConnection* from;
  };
  struct Instrument {
    std::vector<const ReplayConnection*> known_to;
    ReplayConnection* book = nullptr;  // the carriers
    ReplayConnection* quote = nullptr;
    ReplayConnection* ticker = nullptr;
    schemas::State trading = schemas::State::kLive;
    std::string trading_reason;
    std::vector<SeenTrade> trades;  // a ring
    std::size_t next_trade = 0;
  };
  struct Verdict {
    schemas::State state;
    std::string_view reason;
  };

  Instrument& of(schemas::InstrumentId instrument);
  bool carries_book(schemas::InstrumentId instrument, ReplayConnection& connection);
  bool came_before(const schemas::Trade& trade, const ReplayConnection& connection);
  Verdict judge_book(schemas::InstrumentId id) const;
  Verdict judge_quote(schemas::InstrumentId id, const Verdict& book) const;
  Verdict judge_trading(const Instrument& instrument) const;

  feeds::Publisher& publisher_;
  schemas::Timestamp now_;
  std::vector<Instrument> instruments_;  // by InstrumentId
};

}  // namespace tickgate::gateway
