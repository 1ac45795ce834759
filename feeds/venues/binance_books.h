// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "feeds/venues/binance_listing.h"

// Binance's books: bridged from REST snapshots to the stream's diffs, trusted within what the
// snapshot covered, and held against bookTicker.
namespace tickgate::feeds::binance {

inline constexpr std::string_view kDepthPath = "/api/v3/depth";
constexpr std::uint32_t depth_weight(std::size_t limit) {
  return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
}

class Books : public Listing {
 protected:
  using Listing::Listing;

  // A symbol that was not listed has a snapshot now.
  virtual void on_listed(Entry& entry) = 0;

  void on_diff(Entry& entry, const Event& event, JsonReader& reader) {
    using Result = SnapshotBridge::DiffResult;
    const SnapshotBridge::Diff diff{reader.count(event.fields['U'], "U"),
                                    reader.count(event.fields['u'], "u"),
                                    unix_time(event.fields['E']), event.bids, event.asks};
    if (!event.has_bids) reader.fail("b", event.fields['b']);
    if (!event.has_asks) reader.fail("a", event.fields['a']);
    if (diff.first > diff.last) reader.fail("U beyond u", event.fields['U']);
    if (!reader.ok()) {  // its levels are lost to us, so the chain is broken here
      quarantine(entry, schemas::Channel::kBook, reader);
      invalidate_book(entry, Anomaly::kParseError, reader.detail(), "unreadable depth update");
      return;
    }
    auto& bridge = entry.state.bridge;
    if (!std::exchange(entry.state.diffs_come, true)) snapshot_if_wanted(entry);
    auto result = bridge.apply(diff);
    if (result == Result::kGap) {
      const auto detail =
          fmt::format("{}: {} after {}", entry.instrument().symbol, diff.first, bridge.last());
      invalidate_book(entry, Anomaly::kGap, detail, "gap in depth updates");
      result = bridge.apply(diff, settings_.gaps == GapPolicy::kWarn);
    }
    if (result == Result::kApplied) return publish_proven(entry, diff.time);
    if (result == Result::kOverflow) return request_resync(entry);
    if (result == Result::kDuplicate) {
      events_.on_anomaly(Anomaly::kDuplicate, fmt::format("depth update {}", diff.last));
    }
  }

  // bookTicker's id and the diffs' count the same updates. It proves nothing of the quote itself,
  // which is published whatever its id: one that is absurd, or missing, must not silence it.
  void compare_with_book(Entry& entry, const schemas::Quote& quote) {
    State& state = entry.state;
    state.quotes.heard(quote.bid, quote.ask, received_, quote.header.sequence.value());
    if (state.held) [[unlikely]]
      publish_proven(entry, state.bridge.time());
  }

  // Also while the book is whole: then it is to reach further, and nothing goes down.
  void fetch_snapshot(Entry& entry) override {
    if (std::exchange(entry.state.fetching, true)) return;
    entry.state.asked_at = received_;
    entry.state.bridge.expect_snapshot();
    const auto& depths = facts_.book_depths;
    const auto depth = settings_.book_depth == 0 ? depths.preset : settings_.book_depth;
    const auto limit = std::min<std::size_t>(depth, depths.most);
    events_.fetch_as({.url = rest_url(fmt::format("{}?symbol={}&limit={}", kDepthPath,
                                                  percent_encoded(entry.venue_symbol), limit)),
                      .weight = depth_weight(limit),
                      .instrument = entry.id()});
  }
  void on_snapshot(std::string_view symbol, std::size_t asked, int status, std::string_view body) {
    using Result = SnapshotBridge::SnapshotResult;
    Entry* const entry = closed_ ? nullptr : entry_of(symbol);
    if (entry == nullptr) return;  // asked for by a connection that is gone
    entry->state.fetching = false;
    if (status != 200) return on_snapshot_refusal(*entry, status, body);
    JsonReader reader;
    const auto& snapshot = decoder_.depth(body, reader);
    if (!reader.ok()) {
      quarantine(*entry, schemas::Channel::kBook, reader);
      events_.on_anomaly(Anomaly::kParseError, reader.detail());
      return ask_once_more(*entry);
    }
    if (entry->state.unlisted) on_listed(*entry);
    const auto result = entry->state.bridge.apply(SnapshotBridge::Snapshot{
        .last = snapshot.last_update_id,
        .bids = snapshot.bids,
        .asks = snapshot.asks,
        .asked = asked,
        .beyond_is_shown = settings_.discover});  // a capture: what it holds is all there is
    if (result == Result::kSynced) return publish_proven(*entry, entry->state.bridge.time());
    if (result == Result::kTooOld) ask_once_more(*entry);
  }

  bool closed_ = false;  // between on_close and on_open

 private:
  static constexpr std::int64_t kLookFurtherEvery = 10'000'000;  // microseconds

  void on_snapshot_refusal(Entry& entry, int status, std::string_view body) {
    const auto error = decoder_.rest_error(body);
    if (error.code == kInvalidSymbol) return close(entry);
    refusals_.warning(
        log_name_, "no snapshot",
        {{"symbol", entry.instrument().symbol}, {"status", status}, {"message", error.message}});
    ask_once_more(entry);
  }
  // A book that is whole asks by itself.
  void ask_once_more(Entry& entry) {
    if (!entry.state.synced) request_resync(entry);
  }

  // What is best must be covered by the snapshot, or vouched for by quotes.
  void publish_proven(Entry& entry, schemas::Timestamp time) {
    State& state = entry.state;
    if (settings_.gaps == GapPolicy::kWarn) return publish_book(entry, time, state.bridge.last());
    if (state.quotes.convicts(state.book(), received_, state.bridge.last())) [[unlikely]] {
      invalidate_book(entry, Anomaly::kContradiction, entry.instrument().symbol,
                      "the book contradicts bookTicker");
      return;
    }
    const bool bid = covers_best(entry, BookSide::kBid), ask = covers_best(entry, BookSide::kAsk);
    if (!bid || !ask) [[unlikely]]
      return hold(entry, (!bid && state.bridge.limited(BookSide::kBid)) ||
                             (!ask && state.bridge.limited(BookSide::kAsk)));
    state.held = false;
    if (state.bridge.near_end()) [[unlikely]]
      look_further(entry);
    publish_book(entry, time, state.bridge.last());
  }
  bool covers_best(Entry& entry, BookSide side) {
    State& state = entry.state;
    if (state.bridge.covers_best(side)) [[likely]]
      return true;
    const auto best =
        state.book().depth(side) == 0 ? schemas::Price() : state.book().level(side, 0).price;
    // Where the venue has said that nothing lies beyond, only a quote can say that it lied.
    const bool proven = state.quotes.knows() ? state.quotes.allows(side, best, received_)
                                             : !state.bridge.limited(side);
    if (proven) state.bridge.extend_to_best(side);
    return proven;
  }
  // Not shown. A quote that comes after the diff may vouch for it yet, if the snapshot was whole.
  void hold(Entry& entry, bool limited) {
    State& state = entry.state;
    const bool first = !std::exchange(state.held, true);
    if (first) state.held_at = received_;
    const bool late = received_.value() - state.held_at.value() > Contradiction::kSpan;
    const bool told = !first && state.quotes.last_id() >= state.bridge.last();
    if (!limited && !late && !told) return;
    invalidate_book(entry, Anomaly::kContradiction, entry.instrument().symbol,
                    "the best price left what the snapshot covered");
  }
  // Another snapshot, before the market leaves what this one covers. It comes rarely: the prices
  // have to move by hundreds of levels.
  void look_further(Entry& entry) {
    if (received_.value() - entry.state.asked_at.value() < kLookFurtherEvery) return;
    entry.state.fetching = false;
    fetch_snapshot(entry);
  }
};

}  // namespace tickgate::feeds::binance
