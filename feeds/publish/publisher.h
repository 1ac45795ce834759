// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "feeds/publish/epoch.h"
#include "feeds/publish/forgotten.h"
#include "feeds/publish/last_value_cache.h"
#include "feeds/publish/sequence_memory.h"
#include "feeds/publish/state_history.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// Where published ticks go: the rings of the shards, or a file of lines. The feed's thread calls.
class TickSink {
 public:
  virtual ~TickSink() = default;
  virtual void on_instrument(const schemas::Instrument& instrument) = 0;
  // It is served no more, since `now`: what comes of it later begins with another on_instrument().
  virtual void on_removed(const schemas::Instrument& /*instrument*/, schemas::Timestamp /*now*/) {}
  // Said by an edge alone.
  virtual void on_forgotten(const Forgotten& /*forgotten*/) {}
  virtual void on_epoch(const Epoch& /*epoch*/) {}
  virtual void on_tick(const schemas::Quote& quote) = 0;
  virtual void on_tick(const schemas::Book& book) = 0;
  virtual void on_tick(const schemas::Trade& trade) = 0;
  virtual void on_tick(const schemas::Ticker& ticker) = 0;
  virtual void on_tick(const schemas::InstrumentStatus& status) = 0;
  virtual void on_tick(const schemas::Bar& bar) = 0;
  virtual void on_trade_gap(const schemas::TradeGap& gap) = 0;
};

// Step 4 of a tick's life: gives each tick its sequence number, keeps the newest of each, and lets
// nothing pass that must not be seen: no quote or book of an instrument that is down, recovering
// or closed, and no state tick whose digits equal the last one's. What is held back, while nothing
// is wrong with it, comes right behind the status that lets it pass. One feed's, on its thread.
class Publisher {
 public:
  // A state and why it is not live.
  struct Shown {
    schemas::State state;
    std::string_view reason;
  };

  // Whose numbers ticks carry when they leave.
  enum class Numbers : std::uint8_t {
    kOurs,
    kVenues,  // as the adapter gave them, and what repeats the last one passes too: for an arbiter
  };

  // `memory` outlives it; null: nobody else will ever publish what it does.
  explicit Publisher(TickSink& sink, Numbers numbers = Numbers::kOurs,
                     SequenceMemory* memory = nullptr)
      : sink_(sink), venues_numbers_(numbers == Numbers::kVenues), memory_(memory) {}

  Numbers numbers() const { return venues_numbers_ ? Numbers::kVenues : Numbers::kOurs; }
  // Counts on from where the memory has it.
  void announce(const schemas::Instrument& instrument);
  // Another publisher goes on with it: all that is known of it is forgotten, but its numbers.
  void hand_over(schemas::InstrumentId instrument);
  // The same, and nobody goes on. One of its statuses' numbers is left out, for whoever says of it
  // that it is closed.
  void remove(const schemas::Instrument& instrument, schemas::Timestamp now);
  // header.sequence of what is given is ignored, unless the numbers are the venue's. False: held
  // back or nothing new in it.
  bool publish(schemas::Quote quote);
  bool publish(schemas::Book book);
  bool publish(schemas::Ticker ticker);
  void publish(schemas::Trade trade);
  // What was held back of it is not what it has any more.
  void drop_held_book(schemas::InstrumentId instrument) {
    if (instrument.value() < held_.size()) held_[instrument.value()].book.reset();
  }
  void drop_held_quote(schemas::InstrumentId instrument) {
    if (instrument.value() < held_.size()) held_[instrument.value()].quote.reset();
  }
  // Published or held back; null when there was none.
  const schemas::Book* newest_book(schemas::InstrumentId instrument) const {
    const auto index = instrument.value();
    const auto* const held = index < held_.size() ? held_[index].book.get() : nullptr;
    return held != nullptr ? held : cache_.book(instrument);
  }
  // The next `count` (>= 1) trades of the sequence are lost.
  void lose_trades(schemas::InstrumentId instrument, std::uint64_t count,
                   schemas::GapReason reason);
  // Publishes a status when it differs from the last one; a `since` is kept while only words
  // change. `whole` is of quote and book together, `quote` of the quote alone.
  void set_status(schemas::InstrumentId instrument, const Shown& whole, const Shown& quote,
                  std::string_view note, schemas::Timestamp now);
  // The same for both, and nothing to note.
  void set_state(schemas::InstrumentId instrument, schemas::State state, std::string_view reason,
                 schemas::Timestamp now) {
    set_status(instrument, {state, reason}, {state, reason}, {}, now);
  }

  // Of quote and book together; kDown until set.
  schemas::State state(schemas::InstrumentId instrument) const;
  const LastValueCache& cache() const { return cache_; }
  const StateHistory& history() const { return history_; }
  // Of the last tick of this channel; 0: there was none.
  std::uint64_t last_sequence(schemas::InstrumentId instrument, schemas::Channel channel) const {
    return instrument.value() < sequences_.size()
               ? sequences_[instrument.value()][static_cast<std::size_t>(channel)]
               : 0;
  }
  // Some were published, or announced as lost.
  bool has_trades(schemas::InstrumentId instrument) const {
    return instrument.value() < sequences_.size() &&
           sequences_[instrument.value()][static_cast<std::size_t>(schemas::Channel::kTrade)] > 0;
  }

  // Ticks that passed, by channel; quotes and books held back because of the state.
  std::uint64_t published(schemas::Channel channel) const {
    return published_[static_cast<std::size_t>(channel)];
  }
  std::uint64_t held_back() const { return held_back_; }

 private:
  using Sequences = std::array<std::uint64_t, schemas::kChannelCount>;
  struct Held {
    std::unique_ptr<schemas::Quote> quote;
    std::unique_ptr<schemas::Book> book;
  };

  Sequences& sequences(schemas::InstrumentId instrument);
  template <typename Tick>
  void pass(Tick& tick);
  Held& held(schemas::InstrumentId instrument);
  void release_held(schemas::InstrumentId instrument);

  TickSink& sink_;
  bool venues_numbers_;
  SequenceMemory* memory_;
  LastValueCache cache_;
  StateHistory history_;
  std::vector<Sequences> sequences_;  // by instrument
  std::vector<Held> held_;            // by instrument, as far as any was held back
  std::array<std::uint64_t, schemas::kChannelCount> published_{};
  std::uint64_t held_back_ = 0;
};

}  // namespace tickgate::feeds
