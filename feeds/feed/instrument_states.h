// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/feed/feed_counters.h"
#include "feeds/feed/instrument_entry.h"
#include "feeds/feed/moment.h"
#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// What is known of each instrument of one connection, and the state that clients see, derived from
// it in one place. A book is live when it is complete, proven, and no staler than its own rhythm,
// its trades and a probe explain; a quote is as fresh as what it is made of; the instrument is as
// good as the worse of them. Trades and tickers are no more than a note. On the feed's thread.
class InstrumentStates {
 public:
  static constexpr std::uint32_t kUnknown = UINT32_MAX;
  using Standing = InstrumentStanding;
  using Entry = InstrumentEntry;

  InstrumentStates(Publisher& publisher, FeedCounters& counters, Rhythm::Settings rhythm,
                   Plausibility::Settings plausible = {})
      : publisher_(publisher), counters_(counters), rhythm_(rhythm), plausible_(plausible) {}
  // The venue has quotes that are not made of its books: before anything is added.
  void expect_own_quotes() { own_quotes_ = true; }
  bool own_quotes() const { return own_quotes_; }
  // What the other line of the feed knows of an instrument's price; null where it has it not.
  using PricesElsewhere = std::function<const Plausibility*(schemas::InstrumentId)>;
  void learn_prices_from(PricesElsewhere elsewhere) { elsewhere_ = std::move(elsewhere); }

  // False when it was known.
  bool add(schemas::InstrumentId id, Moment now);
  // Null when it was never announced.
  Entry* find(schemas::InstrumentId id) {
    const auto index = index_of(id);
    return index == kUnknown ? nullptr : &entries_[index];
  }
  // Dense, from 0, of these instruments only.
  std::uint32_t index_of(schemas::InstrumentId id) const {
    return id.value() < index_.size() ? index_[id.value()] : kUnknown;
  }
  std::vector<Entry>& entries() { return entries_; }
  const std::vector<Entry>& entries() const { return entries_; }
  // How many are in this state.
  std::int64_t count(schemas::State state) const {
    return counts_[static_cast<std::size_t>(state)];
  }

  // Another connection carries them from now on: they are as if never added, and clients are told
  // nothing. The others move together in entries().
  void remove(std::span<const schemas::InstrumentId> ids);

  // The connection as a whole; each tells every instrument.
  void connected(Moment now);
  void disconnected(std::string_view reason, Moment now);
  // Nothing that comes can be called live, for this reason; and none is, afterwards, before
  // something fresh came for it, or trusted_again().
  void doubt(StaleReason reason, std::string_view text, Moment now);
  void believe();
  // What comes from now on was said by the venue so long ago.
  void set_late(Monotonic late) { late_ = late; }
  void trusted_again(Moment now);  // it has been speaking for a while
  // A message came, whatever it says.
  void heard(Monotonic now) { last_message_ = now; }
  // Whether what another connection knows of one of these is no older than is bearable here.
  bool has_patience_for(const Entry& theirs, Moment now) const;
  // Another connection has taken over, and knows this of them; each has been added here.
  void adopt(const InstrumentStates& successor, Moment now);

  // A fresh value of this instrument: before it is published.
  void updated(Entry& entry, schemas::Channel channel, Moment now);
  // In instrument_prices.cc. Whether the tick can be right; if not, it is to be shown to nobody,
  // and quarantined() comes next. Before updated().
  template <typename Tick>
  bool believe(Entry& entry, const Tick& tick, Moment now);
  // A tick came that cannot be right.
  void quarantined(Entry& entry, schemas::Channel channel, Implausible reason, Moment now);
  // It may open anywhere.
  void trading_anew(Entry& entry) { entry.prices.forget(); }
  // Whether a value of now may be old by right: a snapshot, or the first of its channel.
  bool history(const Entry& entry, schemas::Channel channel, Moment now) const {
    return entry.rebuilt_at == now.steady || entry.rhythm(of(channel)).history(now.steady);
  }
  // Its book is whole and proven; shown with the value that follows.
  void rebuilt(Entry& entry, Moment now);
  // The venue was asked, and has (still) what we show, or something else.
  void confirmed(Entry& entry, Moment now);
  void contradicted(Entry& entry, Moment now);
  // By which rhythm one of its channels is judged, and when its silence will be called stale if
  // nothing comes: max() where silence alone never is.
  struct Outlook {
    const Rhythm* rhythm;
    Monotonic patience, stale_at;
  };
  Outlook outlook(const Entry& entry, schemas::Channel channel) const {
    const auto judged = of(channel);
    const auto patience = this->patience(entry, judged);
    const bool ever = judged == schemas::Channel::kBook || judged == schemas::Channel::kQuote;
    return {&entry.rhythm(judged), patience,
            ever ? silent_since(entry, judged) + patience : Monotonic::max()};
  }
  // Publishes the state if it, or its reason, is another one now.
  void refresh(Entry& entry, Moment now);
  // The same for all whose time may have come; a few times a second. Most rest: an instrument that
  // is live cannot be stale before its patience ends, nor sooner than the least silence from now,
  // whatever it does until then. What is silent is asked for, if there is whom to ask.
  void check(Moment now, VenueAsker* asker = nullptr);
  // The next check() is to look at it: something of it has changed that need not be told at once.
  void look_soon(const Entry& entry) { look_at_[index_of(entry.id)] = Monotonic::min(); }

 private:
  struct Verdict {
    schemas::State state;
    std::string_view reason;
    StaleReason stale{};  // of kStale
  };
  struct Doubt {
    StaleReason reason;
    std::string text;
  };

  schemas::Channel of(schemas::Channel channel) const {
    return channel == schemas::Channel::kQuote && !own_quotes_ ? schemas::Channel::kBook : channel;
  }
  void believe_by_time(Entry& entry, Moment now);
  void learn_prices(Entry& entry, Moment now) const;
  bool has_quote(const Entry& entry) const { return own_quotes_ && entry.quote_heard; }

  // In instrument_verdicts.cc.
  Verdict judge_book(const Entry& entry, Moment now) const;
  Verdict judge_quote(const Entry& entry, Moment now) const;
  std::optional<Verdict> judge_connection(const Entry& entry) const;
  Verdict judge_silence(const Entry& entry, schemas::Channel channel, Moment now) const;
  std::string_view note_of(const Entry& entry, Moment now);
  std::string_view suspicion() const;

  // In instrument_asking.cc.
  Monotonic silent_since(const Entry& entry, schemas::Channel channel) const;
  Monotonic patience(const Entry& entry, schemas::Channel channel) const {
    return entry.rhythm(channel).patience(rhythm_);
  }
  void ask(Entry& entry, Moment now, VenueAsker& asker);
  void die(Entry& entry, Moment now);
  void ask_by_siblings(Entry& entry, Moment now, VenueAsker& asker);
  void probe(Entry& entry, schemas::Channel channel, Moment now, VenueAsker& asker);
  void ask_beside(Entry& entry, schemas::Channel channel, Moment now, VenueAsker& asker);
  Monotonic next_look(const Entry& entry, Monotonic now) const;
  Monotonic next_look(const Entry& entry, schemas::Channel channel, Monotonic now) const;

  void refresh_all(Moment now);
  void look_at_all() { std::fill(look_at_.begin(), look_at_.end(), Monotonic::min()); }
  void count(schemas::State state, std::int64_t change);

  Publisher& publisher_;
  FeedCounters& counters_;
  Rhythm::Settings rhythm_;
  Plausibility::Settings plausible_;
  PricesElsewhere elsewhere_;
  bool own_quotes_ = false;
  bool connected_ = false;
  std::optional<Doubt> doubt_;
  StaleReason doubted_{};  // the last doubt's reason
  Monotonic last_message_{}, last_tick_{};
  std::string down_reason_ = "connecting";
  Monotonic late_{};
  std::string note_text_;
  std::array<std::int64_t, kStateCount> counts_{};
  std::vector<Entry> entries_;
  std::vector<Monotonic> look_at_;    // by place in entries_: nothing to see before
  std::vector<std::uint32_t> index_;  // by InstrumentId
};

// On the way of every tick.
inline void InstrumentStates::updated(Entry& entry, schemas::Channel channel, Moment now) {
  using schemas::Channel;
  using schemas::State;
  channel = of(channel);
  last_tick_ = now.steady;
  const auto said = now.steady - late_;  // its silence has lasted since then
  Rhythm& rhythm = entry.rhythm(channel);
  if (channel == Channel::kBook && entry.rebuilt_at == now.steady) [[unlikely]] {
    rhythm.resume(said);  // a snapshot is our doing, not the instrument's rhythm
  } else {
    const bool confirmed = entry.confirmed_at > rhythm.last() && entry.state == State::kLive;
    rhythm.update(said, rhythm_,
                  doubt_      ? Rhythm::Lesson::kNone
                  : confirmed ? Rhythm::Lesson::kConfirmed
                              : Rhythm::Lesson::kOwn);
    entry.asks(channel).tries = 0;
    if (channel == Channel::kBook) entry.dead_book = entry.dead_again = false;
  }
  // What comes from a silent venue is as good as ever; of what is late, nothing is.
  const bool believed = !doubt_ || doubt_->reason == StaleReason::kVenueSilent;
  switch (channel) {
    case Channel::kBook:
      entry.beside_book.clear();
      if (believed) entry.suspect_book = false;
      if (entry.synced && entry.state != State::kLive) refresh(entry, now);
      break;
    case Channel::kQuote:
      entry.beside_quote.clear();
      entry.quote_heard = true;
      entry.other_quote = false;
      if (believed) entry.suspect_quote = false;
      if (entry.quote_state != State::kLive) {
        entry.quote_invalid.clear();
        refresh(entry, now);
      }
      break;
    case Channel::kTrade: {
      const bool book = entry.beside_book.on_trade(now.steady);
      const bool quote = entry.beside_quote.on_trade(now.steady);
      if (book || quote) look_soon(entry);
      break;
    }
    default:
      break;
  }
}

}  // namespace tickgate::feeds
