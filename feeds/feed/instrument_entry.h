// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "feeds/feed/missing_channels.h"
#include "feeds/feed/moment.h"
#include "feeds/feed/plausibility.h"
#include "feeds/feed/price_doubt.h"
#include "feeds/feed/probing.h"
#include "feeds/feed/rhythm.h"
#include "feeds/feed/siblings.h"
#include "schemas/ids.h"

namespace tickgate::feeds {

// What a connection knows of one instrument.
struct InstrumentStanding {
  bool synced = false;
  bool was_synced = false;  // once on this connection
  bool halted = false;
  bool closed = false;
  bool refused = false;                    // the venue refused the book's subscription
  bool unanswered = false;                 // the venue ignored it
  bool quote_heard = false;                // the venue gave a quote of its own, on this connection
  bool suspect_book = false;               // something was amiss: live only on a fresh value
  bool suspect_quote = false;              // likewise
  bool dead_book = false;                  // it fell silent, and is made anew
  bool dead_again = false;                 // soon after the last time: live only when it moves
  Monotonic died_at{Monotonic::min()};     // the last time
  bool other_book = false;                 // asked, the venue had another one
  bool other_quote = false;                // likewise
  Monotonic rebuilt_at{Monotonic::min()};  // when it became synced
  Monotonic broken_since{};                // when it ceased to be, or the connection opened
  std::string broken_reason;               // why it is not synced, or is refused
  std::string quote_invalid;               // why the venue's last quote is none; empty: it is one
  std::string trading_reason;              // why it is halted or closed
  MissingChannels missing;                 // said beside "live"
  Plausibility prices;                     // what it costs, outlives a connection
  PriceDoubt doubt;                        // its newest prices cannot be right
};

// And what was learned and shown of it. Its quote follows its book until there is one of its own.
struct InstrumentEntry : InstrumentStanding {
  static constexpr std::size_t kChannels = 4;  // quote, trade, book, ticker

  Rhythm& rhythm(schemas::Channel channel) { return rhythms[static_cast<std::size_t>(channel)]; }
  const Rhythm& rhythm(schemas::Channel channel) const {
    return rhythms[static_cast<std::size_t>(channel)];
  }
  Asking& asks(schemas::Channel channel) { return asking[static_cast<std::size_t>(channel)]; }
  const Asking& asks(schemas::Channel channel) const {
    return asking[static_cast<std::size_t>(channel)];
  }
  const Rhythm& book_rhythm() const { return rhythm(schemas::Channel::kBook); }
  const Rhythm& quote_rhythm() const { return rhythm(schemas::Channel::kQuote); }

  schemas::InstrumentId id;
  std::array<Rhythm, kChannels> rhythms;
  Siblings beside_book, beside_quote;
  Monotonic confirmed_at{Monotonic::min()};  // by a probe
  Monotonic probed_at{};
  bool probe_awaited = false;
  bool book_asked = false, quote_asked = false;  // since its trades proved it dead
  std::array<Asking, kChannels> asking;
  std::uint8_t silent_channels = 0;  // trades and tickers, a bit each
  bool note_shown = false;
  schemas::State state = schemas::State::kDown;  // of book and quote together, the worse
  schemas::State quote_state = schemas::State::kDown;
};

}  // namespace tickgate::feeds
