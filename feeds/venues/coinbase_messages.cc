// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/coinbase_messages.h"

#include <array>
#include <utility>

namespace tickgate::feeds::coinbase {
namespace {

std::optional<Flaw> flaw_of(const JsonReader& reader) {
  if (!reader.implausible()) return std::nullopt;
  return Flaw{*reader.implausible(), unquoted(reader.token())};
}

}  // namespace

const Message& MessageDecoder::decode(std::string_view frame, JsonReader& reader) {
  message_.channel = message_.type = message_.text = message_.timestamp = {};
  message_.sequence.reset();
  message_.bad_item.clear();
  message_.lost_unknown = false;
  message_.products.clear();
  message_.books.clear();
  message_.levels.clear();
  message_.trades.clear();
  message_.tickers.clear();
  message_.subscribed.clear();
  has_events_ = bare_event_ = nameless_event_ = false;
  number_ = {};
  message_.complete = walk_message(frame, reader);
  if (message_.complete && message_.type != "error") check_whole(reader);
  return message_;
}

// What is missing though it must be there, now that the channel is known.
void MessageDecoder::check_whole(JsonReader& reader) {
  const auto channel = message_.channel;
  if (channel.empty() && has_events_) reader.fail("channel", {});
  const bool is_book = channel == "l2_data";
  if (is_book || channel == "market_trades" || channel == "ticker") {
    if (!has_events_) reader.fail("events", {});
    if (bare_event_) note_bad_field("event", {});
    if (bare_event_ && (!is_book || nameless_event_)) message_.lost_unknown = true;
    if (message_.sequence) [[likely]]
      return;
    note_bad_field("sequence_num", number_);
    for (auto& book : message_.books) book.readable = false;  // old or new, nobody knows
  }
}

std::vector<std::string> MessageDecoder::products_of(std::string_view request) {
  std::vector<std::string> products;
  const simdjson::padded_string padded(request);
  JsonReader unheard;
  document_.walk_object(std::string_view(padded), unheard, [&](JsonKey key, JsonValue& value) {
    if (key != "product_ids") return true;
    return walk_elements(value, unheard, "product_ids", [&](JsonValue& product) {
      products.emplace_back(unquoted(json_token(product)));
      return true;
    });
  });
  return products;
}

// {"channel":"...","timestamp":"2026-11-20T10:00:00.123456789Z","sequence_num":1,"events":[...]}
// {"type":"error","message":"X-EUR is not a valid product"}
bool MessageDecoder::walk_message(std::string_view frame, JsonReader& reader) {
  return document_.walk_object(frame, reader, [&](JsonKey key, JsonValue& value) {
    if (key == "channel") {
      message_.channel = reader.text(json_token(value), "channel");
    } else if (key == "timestamp") {
      message_.timestamp = unquoted(json_token(value));
    } else if (key == "sequence_num") {
      number_ = json_token(value);
      JsonReader of_number;
      const auto number = of_number.count(number_, "sequence_num");
      message_.sequence = of_number.ok() ? std::optional(number) : std::nullopt;
    } else if (key == "events") {
      has_events_ = true;
      return walk_elements(value, reader, "events",
                           [&](JsonValue& event) { return walk_event(event, reader); });
    } else if (key == "type") {
      message_.type = unquoted(json_token(value));
    } else if (key == "message") {
      message_.text = unquoted(json_token(value));
    }
    return true;
  });
}

// The order of keys is the venue's to choose, so "type" may come behind what it speaks of.
bool MessageDecoder::walk_event(JsonValue& event, JsonReader& reader) {
  std::string_view type, product;
  BookEvent book;
  book.first = message_.levels.size();
  const auto first_trade = message_.trades.size();
  bool has_levels = false, has_list = false;
  JsonReader of_walk;
  const bool walked = walk_members(event, of_walk, "event", [&](JsonKey key, JsonValue& value) {
    if (key == "type") {
      type = unquoted(json_token(value));
    } else if (key == "product_id") {
      product = json_token(value);
    } else if (key == "updates") {
      has_levels = has_list = true;
      return walk_levels(value, book, of_walk);
    } else if (key == "trades") {
      has_list = true;
      return walk_trades(value, of_walk);
    } else if (key == "tickers") {
      has_list = true;
      return walk_tickers(value, of_walk);
    } else if (key == "subscriptions") {
      return walk_subscriptions(value, of_walk);
    } else if (key == "products") {
      return walk_products(value, of_walk);
    }
    return true;
  });
  if (!walked) {
    reader = of_walk;
    return false;
  }
  JsonReader of_product;
  if (has_levels || !product.empty()) book.product = of_product.text(product, "product_id");
  if (!of_product.ok()) book.product = {};
  note_bad(of_product);
  note_bad(of_walk);  // of a wrong type, it or what is in it
  if (!of_product.ok() || (!of_walk.ok() && !has_levels)) message_.lost_unknown = true;
  book.readable = book.readable && of_walk.ok() && has_list;
  bare_event_ = bare_event_ || !has_list;
  nameless_event_ = nameless_event_ || (!has_list && book.product.empty());
  const bool has_trades = message_.trades.size() > first_trade;
  const bool known_type = type == "snapshot" || type == "update";
  if ((has_levels || has_trades) && !known_type) {
    JsonReader of_event;
    of_event.fail("type", type);
    note_bad(of_event);
  }
  if (!book.product.empty() && (has_levels || !has_list)) {
    book.snapshot = type == "snapshot";
    book.count = message_.levels.size() - book.first;
    book.readable = book.readable && known_type;
    message_.books.push_back(book);
  }
  for (std::size_t i = first_trade; i < message_.trades.size(); ++i) {
    message_.trades[i].snapshot = type == "snapshot";
    message_.trades[i].readable = message_.trades[i].readable && known_type;
  }
  return true;
}

void MessageDecoder::note_bad(const JsonReader& of_item) {
  if (!of_item.ok() && message_.bad_item.empty()) message_.bad_item = of_item.detail();
}
void MessageDecoder::note_bad_field(std::string_view what, std::string_view token) {
  JsonReader of_field;
  of_field.fail(what, token);
  note_bad(of_field);
}

// "channel":"l2_data": {"type":"update","product_id":"ABC-USD","updates":[{"side":"bid",
//  "event_time":"2026-11-20T10:00:00.1Z","price_level":"100.10","new_quantity":"1.50"}]}
bool MessageDecoder::walk_levels(JsonValue& list, BookEvent& book, JsonReader& reader) {
  JsonReader of_levels;
  static constexpr std::array<std::string_view, 3> kKeys = {"side", "price_level", "new_quantity"};
  const bool walked = walk_elements(list, reader, "updates", [&](JsonValue& item) {
    std::array<std::string_view, 3> tokens;
    if (!read_tokens(item, kKeys, tokens, reader, "update")) return false;
    const auto side = unquoted(tokens[0]);
    if (side != "bid" && side != "offer") of_levels.fail("side", tokens[0]);
    message_.levels.push_back(
        {side == "bid" ? BookSide::kBid : BookSide::kAsk,
         {of_levels.price(tokens[1], "price_level"), of_levels.size(tokens[2], "new_quantity")}});
    return true;
  });
  book.readable = book.readable && of_levels.ok();
  if (!of_levels.ok()) [[unlikely]]
    book.flaw = flaw_of(of_levels);
  note_bad(of_levels);
  return walked;
}

// "channel":"market_trades", newest first: {"type":"update","trades":[{"product_id":"ABC-USD",
//  "trade_id":"504","price":"100.11","size":"2.5","time":"2026-11-20T10:00:01.000001Z",
//  "side":"SELL"}]}. The side is the maker's.
bool MessageDecoder::walk_trades(JsonValue& list, JsonReader& reader) {
  static constexpr std::array<std::string_view, 6> kKeys = {"product_id", "trade_id", "price",
                                                            "size",       "time",     "side"};
  return walk_elements(list, reader, "trades", [&](JsonValue& item) {
    std::array<std::string_view, 6> tokens;
    if (!read_tokens(item, kKeys, tokens, reader, "trade")) return false;
    const auto maker = unquoted(tokens[5]);
    JsonReader of_item;
    TradeItem trade;
    trade.product = of_item.text(tokens[0], "product_id");
    if (!of_item.ok()) {
      message_.lost_unknown = true;
      note_bad(of_item);
      return true;
    }
    trade.id = of_item.count(tokens[1], "trade_id");
    trade.has_id = of_item.ok();
    trade.id_text = unquoted(tokens[1]);
    if (maker != "BUY" && maker != "SELL") of_item.fail("side", tokens[5]);
    trade.price = of_item.price(tokens[2], "price");
    trade.size = of_item.size_of_trade(tokens[3], "size");
    trade.readable = of_item.ok();
    if (!of_item.ok()) [[unlikely]]
      trade.flaw = flaw_of(of_item);
    note_bad(of_item);
    trade.time = unquoted(tokens[4]);
    trade.side = maker == "BUY" ? schemas::Side::kSell : schemas::Side::kBuy;
    message_.trades.push_back(trade);
    return true;
  });
}

// "channel":"ticker": {"type":"update","tickers":[{"type":"ticker","product_id":"ABC-USD",
//  "price":"100.11","volume_24_h":"1234.50000","low_24_h":"99.5","high_24_h":"101.5",...}]}
bool MessageDecoder::walk_tickers(JsonValue& list, JsonReader& reader) {
  static constexpr std::array<std::string_view, 5> kKeys = {"product_id", "price", "high_24_h",
                                                            "low_24_h", "volume_24_h"};
  return walk_elements(list, reader, "tickers", [&](JsonValue& item) {
    std::array<std::string_view, 5> tokens;
    JsonReader of_item;
    if (!read_tokens(item, kKeys, tokens, of_item, "ticker")) {
      reader = of_item;
      return false;
    }
    TickerItem ticker;
    ticker.product = of_item.text(tokens[0], "product_id");
    ticker.last = of_item.price_or_zero(tokens[1], "price");
    ticker.high = of_item.price_or_zero(tokens[2], "high_24_h");
    ticker.low = of_item.price_or_zero(tokens[3], "low_24_h");
    ticker.volume = of_item.size(tokens[4], "volume_24_h");
    if (!of_item.ok()) [[unlikely]]
      ticker.flaw = flaw_of(of_item);
    if (of_item.ok() || ticker.flaw) message_.tickers.push_back(ticker);
    note_bad(of_item);
    return true;
  });
}

// "channel":"status": {"type":"snapshot","products":[{"product_type":"SPOT","id":"ABC-USD",
//  "base_currency":"ABC","status":"online","status_message":"",...}]}
bool MessageDecoder::walk_products(JsonValue& list, JsonReader& reader) {
  static constexpr std::array<std::string_view, 2> kKeys = {"id", "status"};
  return walk_elements(list, reader, "products", [&](JsonValue& item) {
    std::array<std::string_view, 2> tokens;
    if (!read_tokens(item, kKeys, tokens, reader, "product")) return false;
    JsonReader of_item;
    const ProductItem product{of_item.text(tokens[0], "id"), of_item.text(tokens[1], "status")};
    if (of_item.ok()) message_.products.push_back(product);
    note_bad(of_item);
    return true;
  });
}

// {"pricebook":{"product_id":"ABC-USD","bids":[{"price":"5","size":"1"}],"asks":[],"time":"..."}}
std::optional<BestPrices> MessageDecoder::best_prices(std::string_view body) {
  static constexpr std::array<std::string_view, 1> kKeys = {"price"};
  JsonReader reader;
  BestPrices best;
  std::array<bool, 2> there{};
  const auto read_side = [&](JsonValue& list, schemas::Price& price) {
    bool first = true;
    return walk_elements(list, reader, "pricebook", [&](JsonValue& item) {
      std::array<std::string_view, 1> tokens;
      if (!read_tokens(item, kKeys, tokens, reader, "level")) return false;
      if (std::exchange(first, false)) price = reader.price(tokens[0], "price");
      return true;
    });
  };
  document_.walk_object(body, reader, [&](JsonKey key, JsonValue& value) {
    if (key != "pricebook") return true;
    return walk_members(value, reader, "pricebook", [&](JsonKey side, JsonValue& list) {
      if (side == "bids") return there[0] = true, read_side(list, best.bid);
      if (side == "asks") return there[1] = true, read_side(list, best.ask);
      return true;
    });
  });
  return reader.ok() && there[0] && there[1] ? std::optional(best) : std::nullopt;
}

// "channel":"subscriptions": {"subscriptions":{"level2":["ABC-USD"],"heartbeats":["heartbeats"]}}
bool MessageDecoder::walk_subscriptions(JsonValue& lists, JsonReader& reader) {
  JsonObject channels;
  bool walk_on = false;
  if (!check_walkable(lists.get_object().get(channels), reader, "subscriptions", walk_on)) {
    return walk_on;
  }
  for (auto next : channels) {
    if (!reader.check(next.error(), "subscriptions")) return false;
    auto& field = in_place(next);
    std::string_view channel;
    if (!reader.check(field.unescaped_key().get(channel), "subscriptions")) return false;
    if (!walk_elements(field.value(), reader, "subscriptions", [&](JsonValue& product) {
          message_.subscribed.push_back({channel, unquoted(json_token(product))});
          return true;
        })) {
      return false;
    }
  }
  return true;
}

}  // namespace tickgate::feeds::coinbase
