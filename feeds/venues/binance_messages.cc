// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/binance_messages.h"

#include <algorithm>

namespace tickgate::feeds::binance {
namespace {

EventKind kind_of(const EventFields& fields, std::string_view stream) {
  const auto event = unquoted(fields['e']);
  if (event.empty()) {  // bookTicker alone has no type
    const std::string_view needed = "usbBaA";
    if (std::ranges::all_of(needed, [&](char key) { return fields.has(key); })) {
      return EventKind::kBookTicker;
    }
    // a partial book, which names its symbol nowhere but here
    return stream.find("@depth") == stream.npos ? EventKind::kUnknown : EventKind::kUnused;
  }
  if (event == "trade") return EventKind::kTrade;
  if (event == "depthUpdate") return EventKind::kDepth;
  if (event == "24hrTicker") return EventKind::kTicker;
  if (event == "bookTicker") return EventKind::kBookTicker;
  if (event == "serverShutdown") return EventKind::kShutdown;
  static constexpr std::string_view kUnused[] = {"aggTrade", "kline",      "24hrMiniTicker",
                                                 "avgPrice", "blockTrade", "referencePrice",
                                                 "1hTicker", "4hTicker",   "1dTicker"};
  return std::ranges::find(kUnused, event) == std::end(kUnused) ? EventKind::kUnknown
                                                                : EventKind::kUnused;
}

}  // namespace

// Around all of them: {"stream":"btcusdt@trade","data":{...}}
//
// {"e":"depthUpdate","E":1700000000200,"s":"BTCUSDT","U":101,"u":106,
//  "b":[["40000.00000000","9.00000000"]],"a":[["40000.01000000","0.00000000"]]}
// {"u":101,"s":"BTCUSDT","b":"40000.00000000","B":"1.00000000","a":"40000.01000000",
//  "A":"2.00000000"}
// {"e":"trade","E":1700000000251,"s":"BTCUSDT","t":500,"p":"40000.01000000","q":"0.01000000",
//  "T":1700000000250,"m":true,"M":true}
// {"e":"24hrTicker","E":1700000000450,"s":"BTCUSDT","c":"40000.01000000","o":"39990.00000000",
//  "h":"40500.00000000","l":"39500.00000000","v":"20.00000000",...}
const Event& MessageDecoder::event(std::string_view frame, JsonReader& reader) {
  event_.kind = EventKind::kUnknown;
  event_.stream = {};
  event_.fields.clear();
  event_.id = event_.message = {};
  event_.bids.clear();
  event_.asks.clear();
  event_.has_bids = event_.has_asks = false;
  JsonObject root;
  if (!document_.open(frame, root, reader)) return event_;
  if (walk_event(root, 0, reader)) document_.ends_here(reader);
  if (event_.kind == EventKind::kUnknown) event_.kind = kind_of(event_.fields, event_.stream);
  return event_;
}

// False when the JSON can't be walked on.
bool MessageDecoder::walk_event(JsonObject& object, int depth, JsonReader& reader) {
  return walk_members(object, reader, "message", [&](JsonKey key, JsonValue& value) {
    const char* const letter = key.raw();
    const bool one_letter = letter[0] != '"' && letter[1] == '"';
    return one_letter ? read_letter(letter[0], value, reader)
                      : read_word(key, value, depth, reader);
  });
}

bool MessageDecoder::read_letter(char key, JsonValue& value, JsonReader& reader) {
  const auto token = json_token(value);
  if (token.starts_with('[') && key == 'b') {
    event_.has_bids = true;
    return read_levels(value, event_.bids, reader);
  }
  if (token.starts_with('[') && key == 'a') {
    event_.has_asks = true;
    return read_levels(value, event_.asks, reader);
  }
  if (EventFields::is_key(key) && !token.starts_with('[') && !token.starts_with('{')) {
    event_.fields.set(key, token);
  }
  return true;
}

// The words around an event: the combined mode's wrapping, and replies in their two forms,
// {"error":{"code":2,"msg":"..."},"id":1} and {"code":2,"msg":"...","id":1}.
bool MessageDecoder::read_word(JsonKey key, JsonValue& value, int depth, JsonReader& reader) {
  const auto token = json_token(value);
  if (key == "stream") {
    event_.stream = unquoted(token);
  } else if ((key == "data" || key == "error") && depth == 0) {
    if (key == "error") event_.kind = EventKind::kError;
    if (!token.starts_with('{')) return true;
    JsonObject inner;
    return reader.check(value.get_object().get(inner), "data") &&
           walk_event(inner, depth + 1, reader);
  } else if (key == "result" && depth == 0) {
    event_.kind = EventKind::kReply;
  } else if (key == "code" && depth == 0) {
    event_.kind = EventKind::kError;
  } else if (key == "id" && depth == 0) {
    event_.id = unquoted(token);
  } else if (key == "msg") {
    event_.message = unquoted(token);
  }
  return true;
}

// {"lastUpdateId":100,"bids":[["40000.00","0.50000000"]],"asks":[["40001.00","0.25000000"]]}
const DepthSnapshot& MessageDecoder::depth(std::string_view body, JsonReader& reader) {
  depth_.bids.clear();
  depth_.asks.clear();
  std::string_view last_update_id;
  const bool walked = document_.walk_object(body, reader, [&](JsonKey key, JsonValue& value) {
    if (key == "bids") return read_levels(value, depth_.bids, reader);
    if (key == "asks") return read_levels(value, depth_.asks, reader);
    if (key == "lastUpdateId") last_update_id = json_token(value);
    return true;
  });
  if (walked) depth_.last_update_id = reader.count(last_update_id, "lastUpdateId");
  return depth_;
}

// A string's inside, its escapes resolved.
std::string_view MessageDecoder::name(std::string_view token) {
  const auto inside = unquoted(token);
  if (inside.find('\\') == std::string_view::npos) return inside;
  return names_.emplace_back(json_unescaped(inside).value_or(""));
}

// {"timezone":"UTC","symbols":[{"symbol":"RUNEEUR","status":"TRADING","baseAsset":"RUNE",
//  "quoteAsset":"EUR","filters":[...],...}]}
const std::vector<ListedSymbol>& MessageDecoder::exchange_info(std::string_view body,
                                                               JsonReader& reader) {
  listed_.clear();
  names_.clear();
  JsonObject root;
  JsonValue symbols;
  if (!document_.open(body, root, reader) ||
      !reader.check(root.find_field_unordered("symbols").get(symbols), "symbols")) {
    return listed_;
  }
  walk_elements(symbols, reader, "symbols", [&](JsonValue& item) {
    static constexpr std::array<std::string_view, 4> kKeys = {"symbol", "status", "baseAsset",
                                                              "quoteAsset"};
    std::array<std::string_view, 4> tokens;
    if (!read_tokens(item, kKeys, tokens, reader, "symbols")) return false;
    listed_.push_back({name(tokens[0]), name(tokens[1]), name(tokens[2]), name(tokens[3])});
    return true;
  });
  return listed_;
}

// {"symbol":"BTCUSDT","bidPrice":"40000.00","bidQty":"431.00","askPrice":"40001.00","askQty":"9.00"}
std::optional<BestPrices> MessageDecoder::best_prices(std::string_view body) {
  JsonReader reader;
  std::array<std::string_view, 4> tokens;
  static constexpr std::array<std::string_view, 4> kKeys = {"bidPrice", "bidQty", "askPrice",
                                                            "askQty"};
  document_.walk_object(body, reader, [&](JsonKey key, JsonValue& value) {
    for (std::size_t i = 0; i < kKeys.size(); ++i) {
      if (key == kKeys[i]) tokens[i] = json_token(value);
    }
    return true;
  });
  BestPrices best{reader.price_or_zero(tokens[0], kKeys[0]),
                  reader.price_or_zero(tokens[2], kKeys[2])};
  if (reader.size(tokens[1], kKeys[1]).value().is_zero()) best.bid = {};
  if (reader.size(tokens[3], kKeys[3]).value().is_zero()) best.ask = {};
  return reader.ok() ? std::optional(best) : std::nullopt;
}

// {"code":-1121,"msg":"Invalid symbol."}; a proxy's page has no code.
RestError MessageDecoder::rest_error(std::string_view body) {
  RestError error;
  JsonReader unheard;
  document_.walk_object(body, unheard, [&](JsonKey key, JsonValue& value) {
    if (key == "code") error.code = json_token(value);
    if (key == "msg") error.message = unquoted(json_token(value));
    return true;
  });
  return error;
}

}  // namespace tickgate::feeds::binance
