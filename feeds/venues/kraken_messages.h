// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "feeds/adapter/json_walk.h"
#include "schemas/tick.h"

// Kraken's words: a message's text, walked once, as tokens that kraken.cc gives their meaning.
namespace tickgate::feeds::kraken {

enum class MessageKind : std::uint8_t {
  kBook,
  kTrade,
  kTicker,
  kInstrument,
  kStatus,
  kHeartbeat,
  kReply,  // to a request: has a method
  kUnknown,
};

// One object of a message's "data": its scalars as tokens, empty where missing. Numbers are bare
// here, and a book's checksum needs them as they were sent.
struct Item {
  struct Tokens {
    std::string_view symbol, timestamp;
    std::string_view checksum;                    // book
    std::string_view side, price, qty, trade_id;  // trade
    std::string_view bid, ask;                    // ticker
    std::string_view last, high, low, volume;     // ticker
    std::string_view change;                      // ticker: of `last`, in 24 hours
    std::string_view system;                      // status: of the whole venue
    std::string_view status;                      // instrument: of the pair
  };
  Tokens tokens;
  std::vector<schemas::BookLevel> bids, asks;  // book
};

// An answer to a request; tokens again.
struct Reply {
  std::string_view method, request_id, success, error;
  std::string_view channel, symbol, depth;  // what the request was about, as far as it is said
  bool has_data = false;                    // then it is no answer
};

// Sees the parts of a message in turn, from within MessageDecoder::decode(); views live that long.
class MessageVisitor {
 public:
  virtual ~MessageVisitor() = default;
  // `reader` knows whether the item's levels were good. What was bad does not stop the next item.
  virtual void on_item(MessageKind kind, bool is_snapshot, const Item& item,
                       JsonReader& reader) = 0;
  virtual void on_reply(const Reply& reply) = 0;
};

// One parser for all of an adapter's messages.
class MessageDecoder {
 public:
  // A frame that can't be read is told to `reader`.
  MessageKind decode(std::string_view frame, MessageVisitor& visitor, JsonReader& reader);

 private:
  void decode_data(MessageKind kind, JsonObject& root, MessageVisitor& visitor, JsonReader& reader);
  bool read_item(JsonValue& element, JsonReader& reader);
  bool ends_behind_data(std::string_view frame);

  JsonDocument document_;
  Item item_;  // reused: its vectors keep their room
};

}  // namespace tickgate::feeds::kraken
