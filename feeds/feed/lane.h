// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/feed/connection.h"
#include "feeds/feed/handover.h"
#include "feeds/feed/standby.h"

namespace tickgate::feeds {

// One connection's worth of a feed's symbols: the connection that speaks for them, their states,
// and, while that one is to be left, another that is opened and synced before it is closed. Nothing
// goes down by it, no trade comes twice, and none is lost without a gap. On the feed's thread.
class Lane final : public ConnectionOwner {
 public:
  using Changed = std::function<void(Moment)>;

  // Where its ticks go and its instruments' states are counted: to clients, or to whoever
  // arbitrates between two lines.
  struct Outward {
    Publisher& publisher;
    FeedCounters& counters;
    InstrumentStates::PricesElsewhere prices_elsewhere{};  // of two lines the other's
  };

  // `feed` and what `outward` names outlive it. `changed` is called when state() is another one.
  Lane(FeedShared& feed, Outward outward, const ConnectionMakers& make,
       std::vector<std::string> pairs, Changed changed);

  void announce(Moment now);
  // In place of announce(): they were the other lane's, and clients know them.
  void take_over(const std::vector<InstrumentStates::Entry>& entries, const Lane& from, Moment now);
  void start(Moment now);
  void stop(std::string_view why, Moment now);
  void advance(Moment now);

  // It carries these too; and these of its own no more, nor does another. A replacement that is
  // being opened is begun anew.
  void add(std::span<const std::string> pairs, Moment now);
  void release(std::span<const schemas::InstrumentId> instruments, Moment now);
  bool is_empty() const { return states_.entries().empty(); }

  Connection& connection() { return *active_; }
  const Connection& connection() const { return *active_; }
  const ConnectionState& state() const { return active_->state(); }
  const InstrumentStates& instruments() const { return states_; }
  // What its connection cannot carry, and is to be carried by another lane. Gone from here then.
  struct Overflow {
    std::vector<InstrumentStates::Entry> entries;
    bool by_limit = false;  // what is left is as much as the venue grants
  };
  // Another connection is being opened, to take its connection's place.
  bool replaces() const { return replacement_ != nullptr; }
  bool overflows() const { return !overflow_.empty(); }
  Overflow shed(Moment now);
  bool owns(schemas::InstrumentId instrument) const {
    return states_.index_of(instrument) != InstrumentStates::kUnknown;
  }

 private:
  struct Replacement {
    Replacement(Rhythm::Settings rhythm, Plausibility::Settings plausible,
                Publisher::Numbers numbers)
        : standby(rhythm, plausible, numbers) {}

    Standby standby;
    std::unique_ptr<Connection> connection;
    bool exact = false;  // its adapter counts on from where the other's trades ended
    bool failed = false;
    Monotonic since{};
    std::optional<Monotonic> synced_since;
  };

  struct HeldPrices {
    const schemas::Book* book;  // null: not to be shown
    const schemas::Quote* quote;
  };

  void on_state(const Connection& connection, Moment now) override;
  bool on_lost(Connection& connection, bool oversized, Moment now) override;
  bool on_limit_reached(Connection& connection, std::span<const schemas::InstrumentId> refused,
                        Moment now) override;
  void on_leaving(Connection& connection, ReconnectReason reason, Moment now) override;

  void open_replacement(Moment now);
  void advance_replacement(Moment now);
  void abandon_replacement(Moment now);
  bool may_take_over(Moment now);
  bool is_synced(Replacement& replacement, Moment now) const;
  bool is_fresh(Replacement& replacement, schemas::InstrumentId id, Moment now) const;
  bool trades_join(Replacement& replacement) const;
  void switch_over(Moment now);
  std::vector<HeldPrices> prices_to_show(Replacement& replacement, Moment now);
  void publish_held(Replacement& replacement, const std::vector<HeldPrices>& prices,
                    schemas::Timestamp now);
  void end_handover();

  FeedShared& feed_;
  Publisher& publisher_;
  ConnectionMakers make_;
  Changed changed_;
  InstrumentStates states_;
  Outlet outlet_;
  std::unique_ptr<Connection> active_;

  void note_oversized(bool oversized);

  std::vector<schemas::InstrumentId> overflow_;
  bool overflow_by_limit_ = false;
  unsigned oversized_in_row_ = 0;           // connections that ended by a message too large
  std::optional<ReconnectReason> leaving_;  // why the active one is to be replaced
  std::unique_ptr<Replacement> replacement_;
  std::unique_ptr<Handover> handover_;  // since there is a replacement, and for a while after it
  Monotonic handover_ends_{};
  Backoff replacement_backoff_;
  Monotonic next_replacement_{};
  // Closed, but perhaps on the stack: gone at the next advance().
  std::vector<std::unique_ptr<Connection>> retired_;
};

}  // namespace tickgate::feeds
