// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/json_walk.h"
#include "feeds/adapter/name_text.h"
#include "schemas/tick.h"

// Binance's words: a message's text, walked once, as tokens that binance.cc gives their meaning.
namespace tickgate::feeds::binance {

// The scalars of an event by their key, which at this venue is one letter. A missing one is empty.
class EventFields {
 public:
  void clear() { seen_ = 0; }
  void set(char key, std::string_view token) {
    tokens_[index(key)] = token;
    seen_ |= 1ULL << index(key);
  }
  bool has(char key) const { return (seen_ >> index(key) & 1U) != 0; }
  std::string_view operator[](char key) const {
    return has(key) ? tokens_[index(key)] : std::string_view();
  }
  static bool is_key(char key) { return key >= 'A' && key <= 'z'; }

 private:
  static std::size_t index(char key) { return static_cast<std::size_t>(key - 'A'); }

  std::uint64_t seen_ = 0;
  std::array<std::string_view, 'z' - 'A' + 1> tokens_;
};

enum class EventKind : std::uint8_t {
  kDepth,
  kBookTicker,
  kTrade,
  kTicker,
  kUnused,    // known to the venue's documents and of no use to us
  kShutdown,  // serverShutdown: disconnects in ten minutes
  kReply,     // to a request of ours
  kError,     // likewise, refused: `message` says why
  kUnknown,
};

// One text frame, walked once. Views live as long as the frame; the vectors keep their room.
struct Event {
  EventKind kind = EventKind::kUnknown;
  std::string_view stream;  // of the combined mode: "btcusdt@trade"
  EventFields fields;
  std::string_view id;                         // of a reply or an error: our request's
  std::string_view message;                    // of an error
  std::vector<schemas::BookLevel> bids, asks;  // of a depth update
  bool has_bids = false, has_asks = false;     // there was such a list, be it empty
};

// The answers of REST, walked once.
struct DepthSnapshot {
  std::uint64_t last_update_id = 0;
  std::vector<schemas::BookLevel> bids, asks;
};
struct ListedSymbol {
  std::string_view symbol, status, base, quote;
};
struct BestPrices {
  schemas::Price bid, ask;  // zero: an empty side
};
struct RestError {
  std::string_view code;  // "-1121"
  std::string_view message;
};
inline constexpr std::string_view kInvalidSymbol = "-1121";  // venue: "Error Codes"

// One parser for all of an adapter's messages. What it gives lives until the next call.
class MessageDecoder {
 public:
  // What is wrong goes to `reader`; the fields read until then stay.
  const Event& event(std::string_view frame, JsonReader& reader);
  const DepthSnapshot& depth(std::string_view body, JsonReader& reader);
  const std::vector<ListedSymbol>& exchange_info(std::string_view body, JsonReader& reader);
  // Of one symbol; nullopt where they cannot be read.
  std::optional<BestPrices> best_prices(std::string_view body);
  RestError rest_error(std::string_view body);

 private:
  bool walk_event(JsonObject& object, int depth, JsonReader& reader);
  bool read_letter(char key, JsonValue& value, JsonReader& reader);
  bool read_word(JsonKey key, JsonValue& value, int depth, JsonReader& reader);
  std::string_view name(std::string_view token);

  JsonDocument document_;
  Event event_;
  DepthSnapshot depth_;
  std::vector<ListedSymbol> listed_;
  std::deque<std::string> names_;  // of listed_, those that had escapes
};

}  // namespace tickgate::feeds::binance
