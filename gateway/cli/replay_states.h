// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/implausible.h"
#include "feeds/capture/carriers.h"
#include "feeds/feed/plausibility.h"
#include "feeds/publish/publisher.h"

namespace tickgate::gateway {

// What one connection of a replay says of an instrument, beside whether it has the book whole.
struct ReplayStanding {
  bool refused = false;                                   // the venue refuses its book
  bool quote_is_none = false;                             // what came last as its quote is none
  std::string book_reason;                                // why it is not whole, or is refused
  std::string quote_reason;                               // why the quote is none
  std::array<std::string, schemas::kChannelCount> notes;  // of channels that the venue refuses
};

// One connection of a replay. Lives as long as the states that it is told to.
struct ReplayConnection : feeds::CaptureConnection {
  bool quotes_from_book = false;          // VenueFacts
  std::vector<ReplayStanding> standings;  // by InstrumentId

  ReplayStanding& of(schemas::InstrumentId instrument);
};

// The instruments of a replay and their states, made of what its connections say. A channel's
// values and their state are those of its carrier (feeds/capture/carriers.h). One thread.
class ReplayStates {
 public:
  // Told of each tick that cannot be right, and is not published.
  using QuarantineHook = std::function<void(const feeds::ImplausibleTick& tick)>;

  explicit ReplayStates(feeds::Publisher& publisher, feeds::Plausibility::Settings plausible = {},
                        QuarantineHook on_quarantined = {})
      : publisher_(publisher), plausible_(plausible), on_quarantined_(std::move(on_quarantined)) {}

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
  // False: it cannot be right, and was announced as lost.
  bool publish(const schemas::Trade& trade, ReplayConnection& connection);

  // Somebody has found it, here or in an adapter.
  void quarantined(const feeds::ImplausibleTick& tick);
  // How many were, by their reason.
  const std::array<std::uint64_t, feeds::kImplausibleCount>& quarantined() const {
    return quarantined_;
  }

 private:
  struct Instrument {
    std::vector<const ReplayConnection*> known_to;
    schemas::State trading = schemas::State::kLive;
    std::string trading_reason;
    feeds::Plausibility prices;
    bool bad_book = false;  // the newest one was not published
  };
  struct Verdict {
    schemas::State state;
    std::string_view reason;
  };

  Instrument& of(schemas::InstrumentId instrument);
  template <typename Tick>
  bool believe(const Tick& tick);
  const ReplayConnection* carrier(schemas::Channel channel, schemas::InstrumentId id) const {
    return static_cast<const ReplayConnection*>(carriers_.carrier(channel, id));
  }
  Verdict judge_book(schemas::InstrumentId id) const;
  Verdict judge_quote(schemas::InstrumentId id, const Verdict& book) const;
  Verdict judge_trading(const Instrument& instrument) const;

  feeds::Publisher& publisher_;
  feeds::Plausibility::Settings plausible_;
  QuarantineHook on_quarantined_;
  std::array<std::uint64_t, feeds::kImplausibleCount> quarantined_{};
  feeds::Carriers carriers_;
  schemas::Timestamp now_;
  std::vector<Instrument> instruments_;  // by InstrumentId
};

}  // namespace tickgate::gateway
