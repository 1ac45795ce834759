// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/coinbase/messages.h"

#include <array>
#include <utility>

namespace tickgate::feeds::coinbase {
namespace {

using simdjson::ondemand::array;
using simdjson::ondemand::field;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

// The scalars wanted of an object by their keys; a key that is absent leaves its token empty.
// False when the JSON itself can't be walked on.
template <std::size_t N>
bool read_tokens(value& from, const std::array<std::string_view, N>& keys,
                 std::array<std::string_view, N>& tokens, JsonReader& reader) {
  tokens = {};
  object item;
  if (!reader.check(from.get_object().get(item), "item")) return false;
  for (auto next : item) {
    if (!reader.check(next.error(), "item")) return false;
    field& field = in_place(next);
    const auto key = field.key();
    for (std::size_t i = 0; i < N; ++i) {
      if (key != keys[i]) continue;
      tokens[i] = json_token(field.value());
      break;
    }
  }
  return true;
}

}  // namespace

const Message& MessageDecoder::decode(std::string_view frame, JsonReader& reader) {
  message_.channel = message_.type = message_.text = message_.timestamp = {};
  message_.sequence.reset();
  message_.books.clear();
  message_.levels.clear();
  message_.trades.clear();
  message_.tickers.clear();
  message_.subscribed.clear();
  message_.whole = walk_envelope(frame, reader);
  return message_;
}

bool MessageDecoder::walk_envelope(std::string_view frame, JsonReader& reader) {
  object root;
  if (!reader.check(
          parser_.iterate(frame.data(), frame.size(), frame.size() + simdjson::SIMDJSON_PADDING)
              .get(document_),
          "frame") ||
      !reader.check(document_.get_object().get(root), "frame")) {
    return false;
  }
  for (auto next : root) {
    if (!reader.check(next.error(), "frame")) return false;
    field& field = in_place(next);
    const auto key = field.key();
    if (key == "events") {
      array events;
      if (!reader.check(field.value().get_array().get(events), "events")) return false;
      for (auto event : events) {
        if (!reader.check(event.error(), "events")) return false;
        if (!walk_event(in_place(event), reader)) return false;
      }
      continue;
    }
    const auto token = json_token(field.value());
    if (key == "channel") {
      message_.channel = reader.text(token, "channel");
    } else if (key == "sequence_num") {
      message_.sequence = reader.count(token, "sequence_num");
    } else if (key == "timestamp") {
      message_.timestamp = unquoted(token);
    } else if (key == "type") {
      message_.type = unquoted(token);
    } else if (key == "message") {
      message_.text = unquoted(token);
    }
  }
  return true;
}

// The order of keys is the venue's to choose, so "type" may come behind what it speaks of.
bool MessageDecoder::walk_event(Value& event, JsonReader& reader) {
  object fields;
  if (!reader.check(event.get_object().get(fields), "event")) return false;
  std::string_view type;
  BookEvent book{{}, false, message_.levels.size(), 0};
  const auto first_trade = message_.trades.size();
  bool has_levels = false;
  bool walked = true;
  for (auto next : fields) {
    if (!(walked = reader.check(next.error(), "event"))) break;
    field& field = in_place(next);
    const auto key = field.key();
    if (key == "type") {
      type = unquoted(json_token(field.value()));
    } else if (key == "product_id") {
      book.product = unquoted(json_token(field.value()));
    } else if (key == "updates") {
      has_levels = true;
      walked = walk_levels(field.value(), reader);
    } else if (key == "trades") {
      walked = walk_trades(field.value(), reader);
    } else if (key == "tickers") {
      walked = walk_tickers(field.value(), reader);
    } else if (key == "subscriptions") {
      walked = walk_subscriptions(field.value(), reader);
    }
    if (!walked) break;
  }
  const bool has_trades = message_.trades.size() > first_trade;
  if ((has_levels || has_trades) && type != "snapshot" && type != "update") {
    reader.fail("type", type);
  }
  if (has_levels) {
    book.snapshot = type == "snapshot";
    book.count = message_.levels.size() - book.first;
    message_.books.push_back(book);
  }
  for (std::size_t i = first_trade; i < message_.trades.size(); ++i) {
    message_.trades[i].snapshot = type == "snapshot";
  }
  return walked;
}

bool MessageDecoder::walk_levels(Value& list, JsonReader& reader) {
  static constexpr std::array<std::string_view, 3> kKeys = {"side", "price_level", "new_quantity"};
  std::array<std::string_view, 3> tokens;
  array items;
  if (!reader.check(list.get_array().get(items), "updates")) return false;
  for (auto item : items) {
    if (!reader.check(item.error(), "updates")) return false;
    if (!read_tokens(in_place(item), kKeys, tokens, reader)) return false;
    const auto side = unquoted(tokens[0]);
    if (side != "bid" && side != "offer") reader.fail("side", tokens[0]);
    message_.levels.push_back(
        {side == "bid" ? BookSide::kBid : BookSide::kAsk,
         {reader.price(tokens[1], "price_level"), reader.size(tokens[2], "new_quantity")}});
  }
  return true;
}

bool MessageDecoder::walk_trades(Value& list, JsonReader& reader) {
  static constexpr std::array<std::string_view, 6> kKeys = {"product_id", "trade_id", "price",
                                                            "size",       "time",     "side"};
  std::array<std::string_view, 6> tokens;
  array items;
  if (!reader.check(list.get_array().get(items), "trades")) return false;
  for (auto item : items) {
    if (!reader.check(item.error(), "trades")) return false;
    if (!read_tokens(in_place(item), kKeys, tokens, reader)) return false;
    const auto maker = unquoted(tokens[5]);
    if (maker != "BUY" && maker != "SELL") reader.fail("side", tokens[5]);
    TradeItem trade;
    trade.product = reader.text(tokens[0], "product_id");
    trade.id = reader.count(tokens[1], "trade_id");
    trade.id_text = unquoted(tokens[1]);
    trade.price = reader.price(tokens[2], "price");
    trade.size = reader.size(tokens[3], "size");
    trade.time = unquoted(tokens[4]);
    trade.side = maker == "BUY" ? schemas::Side::kSell : schemas::Side::kBuy;
    message_.trades.push_back(trade);
  }
  return true;
}

bool MessageDecoder::walk_tickers(Value& list, JsonReader& reader) {
  static constexpr std::array<std::string_view, 5> kKeys = {"product_id", "price", "high_24_h",
                                                            "low_24_h", "volume_24_h"};
  std::array<std::string_view, 5> tokens;
  array items;
  if (!reader.check(list.get_array().get(items), "tickers")) return false;
  for (auto item : items) {
    if (!reader.check(item.error(), "tickers")) return false;
    if (!read_tokens(in_place(item), kKeys, tokens, reader)) return false;
    TickerItem ticker;
    ticker.product = reader.text(tokens[0], "product_id");
    ticker.last = reader.price(tokens[1], "price");
    ticker.high = reader.price_or_zero(tokens[2], "high_24_h");
    ticker.low = reader.price_or_zero(tokens[3], "low_24_h");
    ticker.volume = reader.size(tokens[4], "volume_24_h");
    message_.tickers.push_back(ticker);
  }
  return true;
}

// {"level2":["BTC-USD"],"heartbeats":["heartbeats"]}
bool MessageDecoder::walk_subscriptions(Value& lists, JsonReader& reader) {
  object channels;
  if (!reader.check(lists.get_object().get(channels), "subscriptions")) return false;
  for (auto next : channels) {
    if (!reader.check(next.error(), "subscriptions")) return false;
    field& field = in_place(next);
    std::string_view channel;
    array products;
    if (!reader.check(field.unescaped_key().get(channel), "subscriptions") ||
        !reader.check(field.value().get_array().get(products), "subscriptions")) {
      return false;
    }
    for (auto product : products) {
      if (!reader.check(product.error(), "subscriptions")) return false;
      message_.subscribed.push_back({channel, unquoted(json_token(in_place(product)))});
    }
  }
  return true;
}

}  // namespace tickgate::feeds::coinbase
