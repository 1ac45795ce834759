// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/json_walk.h"
#include "feeds/adapter/order_book.h"
#include "schemas/tick.h"

// Coinbase's words: a message, walked once. It is gathered whole before coinbase.cc acts on it, for
// its number, and that it could be read to its end, decide what becomes of all that is in it.
namespace tickgate::feeds::coinbase {

struct LevelUpdate {
  BookSide side{};
  schemas::BookLevel level;  // size zero: deleted
};

// An event of l2_data: a whole book, or what changed in it.
struct BookEvent {
  std::string_view product;
  bool snapshot = false;
  std::size_t first = 0, count = 0;  // of Message::levels
  bool readable = true;              // each of them; else the book is lost
  std::optional<Flaw> flaw{};        // of the first that is not, if it is that
};

struct TradeItem {
  std::string_view product;
  std::uint64_t id = 0;
  std::string_view id_text;
  schemas::Price price;
  schemas::Quantity size;
  schemas::Side side{};  // the aggressor's; the wire has the maker's
  std::string_view time;
  bool snapshot = false;  // history, not new
  bool has_id = true;
  bool readable = true;
  std::optional<Flaw> flaw;
};

struct TickerItem {
  std::string_view product;
  schemas::Price last, high, low;
  schemas::Quantity volume;
  std::optional<Flaw> flaw;  // then nothing else of it counts
};

struct SubscribedItem {
  std::string_view channel;
  std::string_view product;
};

// Of the channel status.
struct ProductItem {
  std::string_view product;
  std::string_view status;  // "online"
};

// An empty side is zero.
struct BestPrices {
  schemas::Price bid, ask;
};

// One frame, walked once. Views live as long as the frame; the vectors keep their room.
struct Message {
  std::string_view channel;  // empty in an error
  std::string_view type;     // "error", only without a channel
  std::string_view text;     // of an error
  std::string_view timestamp;
  std::optional<std::uint64_t> sequence;  // absent, too, when it can't be read
  bool complete = false;                  // walked to its end
  std::string bad_item;  // the first that cannot be read, though its neighbours can; empty: none
  bool lost_unknown = false;  // of such items nobody knows whose some are
  std::vector<BookEvent> books;
  std::vector<LevelUpdate> levels;
  std::vector<TradeItem> trades;
  std::vector<TickerItem> tickers;
  std::vector<SubscribedItem> subscribed;
  std::vector<ProductItem> products;

  std::span<const LevelUpdate> levels_of(const BookEvent& event) const {
    return std::span(levels).subspan(event.first, event.count);
  }
};

class MessageDecoder {
 public:
  // What is wrong with the message goes to `reader`; the rest is read all the same, so that the
  // products concerned are known. What is wrong with an item spoils that item, and is in
  // `bad_item`. Lives until the next call.
  const Message& decode(std::string_view frame, JsonReader& reader);
  // That a request of ours names; empty for what is no request. Needs no padding behind the text.
  std::vector<std::string> products_of(std::string_view request);
  // Of the answer of REST, padded like a frame; nullopt when it can't be read.
  std::optional<BestPrices> best_prices(std::string_view body);

 private:
  // Each is false when the JSON itself can't be walked on.
  bool walk_message(std::string_view frame, JsonReader& reader);
  bool walk_event(JsonValue& event, JsonReader& reader);
  bool walk_levels(JsonValue& list, BookEvent& book, JsonReader& reader);
  bool walk_trades(JsonValue& list, JsonReader& reader);
  bool walk_tickers(JsonValue& list, JsonReader& reader);
  bool walk_products(JsonValue& list, JsonReader& reader);
  bool walk_subscriptions(JsonValue& lists, JsonReader& reader);
  void check_whole(JsonReader& reader);
  void note_bad(const JsonReader& of_item);
  void note_bad_field(std::string_view what, std::string_view token);

  JsonDocument document_;
  Message message_;
  std::string_view number_;  // the token of sequence_num
  bool has_events_ = false;
  bool bare_event_ = false;      // one has no list, which an event of the market must have
  bool nameless_event_ = false;  // nor a product
};

}  // namespace tickgate::feeds::coinbase
