// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "feeds/adapter/adapter_base.h"
#include "feeds/adapter/contradiction.h"
#include "feeds/adapter/snapshot_bridge.h"
#include "feeds/adapter/trade_ids.h"
#include "feeds/venues/binance_messages.h"
#include "schemas/json.h"
#include "schemas/text.h"

// What Binance is asked for, and what it answers: {"result":null,"id":1}, a refusal of a whole
// request, or, for one that is too large for it, nothing at all.
namespace tickgate::feeds::binance {

using schemas::Channel;

// What is subscribed to for each symbol.
struct Stream {
  std::string_view name;
  Channel channel;
};
inline constexpr std::array<Stream, 4> kStreams = {{{"depth@100ms", Channel::kBook},
                                                    {"bookTicker", Channel::kQuote},
                                                    {"trade", Channel::kTrade},
                                                    {"ticker", Channel::kTicker}}};
inline constexpr std::size_t kDepth = 0;           // its index above
inline constexpr std::size_t kMostStreams = 1024;  // a connection
inline constexpr std::size_t kStreamsPerMessage = 100;
// The venue reads 4,096 bytes of a message, and never answers one that is longer.
inline constexpr std::size_t kMostBytes = 3'500;

// What is kept of one symbol.
struct State : SymbolState {
  TradeIds trades{TradeIds::Jump::kIsLoss};
  SnapshotBridge bridge{{.order = BridgeRule::Order::kContiguous,
                         .far_behind = 1'000'000}};  // updates: hours of a busy symbol
  bool wants_snapshot = false;                       // as soon as its diffs are known to come
  bool diffs_come = false;                           // of this subscription
  bool unlisted = false;                             // as the venue says
  bool elsewhere = false;  // beyond what this connection may have: served by another
  bool probing = false;    // REST was asked for its best prices, and nothing has come since
  bool quoted = false;     // on this connection, last with these prices
  schemas::Price bid, ask;
  Contradiction quotes;  // against the book
  bool held = false;     // the book, until a quote tells whether its best prices are
  schemas::Timestamp held_at{0};
  schemas::Timestamp asked_at{0};  // for a snapshot

  const OrderBook& book() const { return bridge.book(); }
  void clear_book() {
    bridge.reset();
    held = false;
  }
  void continue_from(const State& other) {
    SymbolState::continue_from(other);
    unlisted = other.unlisted;
  }
};

// The half of the adapter that subscribes; binance.cc reads the market with it.
class Subscriptions : public AdapterBase<State> {
 protected:
  using AdapterBase::AdapterBase;

  // Diffs of the symbol come from now on, so a snapshot is of use.
  virtual void fetch_snapshot(Entry& entry) = 0;

  // All that is subscribed to: some symbols' four streams after the other's, so that what a limit
  // leaves out are whole symbols.
  void subscribe_all(std::span<Entry* const> entries) {
    pieces_.clear();
    any_granted_ = false;
    subscribe_some(entries);
  }
  void subscribe_some(std::span<Entry* const> entries) {
    for (std::size_t i = 0; i < entries.size(); i += kStreamsPerMessage) {
      const auto some = entries.subspan(i, std::min(kStreamsPerMessage, entries.size() - i));
      for (std::size_t stream = 0; stream < kStreams.size(); ++stream) subscribe(stream, some);
    }
  }
  // Those that are served elsewhere were left when that was found.
  void forget_subscriptions(std::span<Entry* const> entries) {
    std::vector<Entry*> held(entries.begin(), entries.end());
    std::erase_if(held, [](const Entry* entry) { return entry->state.elsewhere; });
    for (std::size_t stream = 0; stream < kStreams.size(); ++stream) {
      for (const Entry* const entry : entries) no_longer_awaited(stream, *entry);
      send_all("UNSUBSCRIBE", stream, held);
    }
  }
  // Who got no answer on a connection asks in smaller messages on the next.
  void end_subscriptions() {
    const bool unheard = !pieces_.empty() && !any_granted_;
    per_message_ = unheard ? std::max(per_message_ / 4, kLeastPerMessage) : kStreamsPerMessage;
    pieces_.clear();
  }

  // Its stream, which was refused or never answered, or has fallen silent. Where a whole message
  // has no answer, one stream of it may be the reason.
  void subscribe_anew(std::size_t stream, Entry& entry) {
    const auto waits = std::ranges::find_if(pieces_, [&](const Piece& piece) {
      return piece.stream == stream &&
             std::ranges::find(piece.entries, &entry) != piece.entries.end();
    });
    if (waits != pieces_.end() && waits->entries.size() > 1) return halve(take(waits));
    if (stream == kDepth) entry.state.diffs_come = false;
    Entry* const one[] = {&entry};
    send_all("UNSUBSCRIBE", stream, one);
    subscribe(stream, one);
  }

  // The time of the frame at hand is the clock.
  void watch_answers() {
    if (pieces_.empty()) [[likely]]
      return;
    const auto late = std::ranges::find_if(pieces_, [this](const Piece& piece) {
      return piece.entries.size() > 1 && received_.value() - piece.asked_at.value() > kPatience;
    });
    if (late != pieces_.end()) halve(take(late));
  }

  // {"result":null,"id":1}
  void on_reply(const Event& event) {
    const auto found = piece_of(event.id);
    if (found == pieces_.end()) return;  // of an UNSUBSCRIBE
    const Piece piece = take(found);
    any_granted_ = true;
    for (Entry* const entry : piece.entries) {
      entry->for_each_instrument([&](const schemas::Instrument& instrument) {
        events_.on_acknowledged({instrument.id, kStreams[piece.stream].channel});
      });
      if (piece.stream == kDepth) snapshot_if_wanted(*entry);
    }
  }
  void snapshot_if_wanted(Entry& entry) {
    const bool wanted = std::exchange(entry.state.wants_snapshot, false);
    if (wanted && !entry.state.synced && !entry.state.unlisted) fetch_snapshot(entry);
  }

  // {"error":{"code":2,"msg":"Invalid request: ..."},"id":1}. It concerns the whole request, which
  // is halved until the stream that it means is alone. Without an id it is the oldest request's.
  void on_error(const Event& event) {
    auto found = piece_of(event.id);
    if (found == pieces_.end() && (event.id.empty() || event.id == "null")) {
      found = pieces_.begin();
    }
    if (found == pieces_.end()) {
      return refusals_.warning(log_name_, "request refused", {{"message", event.message}});
    }
    const auto says = [&](std::string_view word) { return event.message.find(word) != word.npos; };
    const bool too_fast = says("rate") || says("Rate") || says("requests");
    const bool too_many = says("limit") || says("many") || says("maximum") || says("exceed");
    const Piece piece = take(found);
    if (!too_fast && too_many && any_granted_) return go_elsewhere(piece.entries, event.message);
    if (!too_fast && piece.entries.size() > 1) return halve(piece);
    for (Entry* const entry : piece.entries) {
      entry->for_each_instrument([&](const schemas::Instrument& instrument) {
        events_.on_refused({instrument.id, kStreams[piece.stream].channel}, event.message);
      });
    }
  }

 private:
  // A request without an answer: one stream of each of these.
  struct Piece {
    std::uint64_t id;
    std::size_t stream;
    schemas::Timestamp asked_at;
    std::vector<Entry*> entries;
  };
  using Found = std::vector<Piece>::iterator;

  static constexpr std::size_t kLeastPerMessage = 10;
  static constexpr std::int64_t kPatience = 5'000'000;  // microseconds

  void subscribe(std::size_t stream, std::span<Entry* const> entries) {
    for (Entry* const entry : entries) {
      no_longer_awaited(stream, *entry);
      if (stream == kDepth && !entry->state.diffs_come) entry->state.wants_snapshot = true;
    }
    send_all("SUBSCRIBE", stream, entries);
  }
  void halve(const Piece& piece) {
    const std::span all(piece.entries);
    const auto half = (all.size() + 1) / 2;
    for (const auto some : {all.first(half), all.subspan(half)}) {
      if (!some.empty()) subscribe(piece.stream, some);
    }
  }

  // {"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}, as many as the streams need.
  void send_all(std::string_view method, std::size_t stream, std::span<Entry* const> entries) {
    while (!entries.empty()) {
      std::string text = fmt::format(R"({{"method":"{}","params":[)", method);
      std::size_t taken = 0;
      for (; taken < std::min(entries.size(), per_message_) && text.size() < kMostBytes; ++taken) {
        if (taken > 0) text.push_back(',');
        const auto name = fmt::format("{}@{}", absl::AsciiStrToLower(entries[taken]->venue_symbol),
                                      kStreams[stream].name);
        schemas::append_json_string(text, name);
      }
      fmt::format_to(std::back_inserter(text), R"(],"id":{}}})", ++last_id_);
      send_one(std::move(text), method == "SUBSCRIBE", stream, entries.first(taken));
      entries = entries.subspan(taken);
    }
  }
  void send_one(std::string text, bool awaits, std::size_t stream,
                std::span<Entry* const> entries) {
    std::vector<VenueSubscription> awaited;
    for (const Entry* const entry : entries) {
      entry->for_each_instrument([&](const schemas::Instrument& instrument) {
        awaited.push_back({instrument.id, kStreams[stream].channel});
      });
    }
    if (!awaits) return events_.send(std::move(text), {});
    pieces_.push_back({last_id_, stream, received_, {entries.begin(), entries.end()}});
    events_.send(std::move(text), awaited);
  }

  void no_longer_awaited(std::size_t stream, const Entry& entry) {
    for (auto& piece : pieces_) {
      if (piece.stream == stream) std::erase(piece.entries, &entry);
    }
    std::erase_if(pieces_, [](const Piece& piece) { return piece.entries.empty(); });
  }
  Found piece_of(std::string_view id) {
    std::uint64_t number = 0;
    if (!absl::SimpleAtoi(schemas::to_absl(id), &number)) return pieces_.end();
    return std::ranges::find(pieces_, number, &Piece::id);
  }
  Piece take(Found found) {
    Piece piece = std::move(*found);
    pieces_.erase(found);
    return piece;
  }

  // The venue serves no more streams than it has granted: these symbols go to another connection.
  void go_elsewhere(const std::vector<Entry*>& entries, std::string_view text) {
    std::vector<schemas::InstrumentId> ids;
    for (Entry* const entry : entries) {
      entry->state.elsewhere = true;
      entry->state.wants_snapshot = false;
      entry->for_each_instrument([&](const auto& instrument) { ids.push_back(instrument.id); });
      for (std::size_t stream = 0; stream < kStreams.size(); ++stream) {
        no_longer_awaited(stream, *entry);
      }
    }
    for (std::size_t stream = 0; stream < kStreams.size(); ++stream) {
      send_all("UNSUBSCRIBE", stream, entries);
    }
    events_.on_limit_reached(ids, text);
  }

  std::vector<Piece> pieces_;  // the oldest first
  std::uint64_t last_id_ = 0;
  std::size_t per_message_ = kStreamsPerMessage;
  bool any_granted_ = false;  // on this connection
};

}  // namespace tickgate::feeds::binance
