// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/kraken_messages.h"

#include <array>

namespace tickgate::feeds::kraken {
namespace {

MessageKind kind_of(std::string_view channel) {
  if (channel == "book") return MessageKind::kBook;
  if (channel == "trade") return MessageKind::kTrade;
  if (channel == "ticker") return MessageKind::kTicker;
  if (channel == "heartbeat") return MessageKind::kHeartbeat;
  if (channel == "status") return MessageKind::kStatus;
  if (channel == "instrument") return MessageKind::kInstrument;
  return MessageKind::kUnknown;
}

// {"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":50000.1,
//  "qty":0.60000000},{"price":50000.0,"qty":0.00000000}],"asks":[],"checksum":1646949403,
//  "timestamp":"2023-11-14T22:13:20.5Z"}]}
bool read_book_side(JsonValue& from, std::vector<schemas::BookLevel>& out, JsonReader& reader) {
  return walk_elements(from, reader, "levels", [&](JsonValue& level) {
    std::string_view price, qty;
    const bool walked = walk_members(level, reader, "level", [&](JsonKey key, JsonValue& value) {
      if (key == "price") price = json_token(value);
      if (key == "qty") qty = json_token(value);
      return true;
    });
    if (!walked) return false;
    out.push_back({reader.price(price, "price"), reader.size(qty, "qty")});
    return true;
  });
}

// Where the scalar of this key goes; null for what nobody wants, such as the status's
// connection_id, which passes int64.
//
// {"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":50000.2,
//  "qty":0.01000000,"ord_type":"market","trade_id":7101,"timestamp":"2023-11-14T22:13:21.000001Z"}]}
// {"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":50000.1,
//  "bid_qty":0.50000000,"ask":50000.2,"ask_qty":0.10000000,"last":50000.2,"volume":1234.50000000,
//  "vwap":50010.1,"low":49000.0,"high":51000.0,"change":-100.0,"change_pct":-0.2}]}
// {"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online",
//  "api_version":"v2","connection_id":18239578009413566319}]}
// {"channel":"instrument","type":"snapshot","data":{"assets":[...],"pairs":[{"symbol":"BTC/USD",
//  "base":"BTC","quote":"USD","status":"online","qty_increment":1e-08,...}]}}
std::string_view* place_of(JsonKey key, Item::Tokens& tokens) {
  switch (key.raw()[0]) {
    case 'a':
      return key == "ask" ? &tokens.ask : nullptr;
    case 'b':
      return key == "bid" ? &tokens.bid : nullptr;
    case 'c':
      return key == "checksum" ? &tokens.checksum : key == "change" ? &tokens.change : nullptr;
    case 'h':
      return key == "high" ? &tokens.high : nullptr;
    case 'l':
      return key == "last" ? &tokens.last : key == "low" ? &tokens.low : nullptr;
    case 'p':
      return key == "price" ? &tokens.price : nullptr;
    case 'q':
      return key == "qty" ? &tokens.qty : nullptr;
    case 's':
      return key == "symbol"   ? &tokens.symbol
             : key == "side"   ? &tokens.side
             : key == "status" ? &tokens.status
             : key == "system" ? &tokens.system
                               : nullptr;
    case 't':
      return key == "timestamp"  ? &tokens.timestamp
             : key == "trade_id" ? &tokens.trade_id
                                 : nullptr;
    case 'v':
      return key == "volume" ? &tokens.volume : nullptr;
    default:
      return nullptr;
  }
}

bool pass_over(JsonKey, JsonValue&) { return true; }

// Empty when there is none. After any other error `reader` is no longer ok.
std::string_view find_token(JsonObject& in, std::string_view key, JsonReader& reader) {
  JsonValue found;
  const auto error = in.find_field_unordered(key).get(found);
  if (error == simdjson::NO_SUCH_FIELD || !reader.check(error, "message")) return {};
  return json_token(found);
}

// {"method":"subscribe","result":{"channel":"book","depth":10,"snapshot":true,"symbol":"BTC/USD"},
//  "success":true,"req_id":1}
// {"error":"Currency pair not supported NOPE/USD","method":"subscribe","success":false,
//  "symbol":"NOPE/USD"}
bool read_reply(JsonObject& root, Reply& reply, JsonReader& reader) {
  return walk_members(root, reader, "message", [&](JsonKey key, JsonValue& value) {
    const auto token = json_token(value);
    if (key == "method") reply.method = unquoted(token);
    if (key == "data") reply.has_data = true;
    if (key == "success") reply.success = token;
    if (key == "error") reply.error = unquoted(token);
    if (key == "req_id") reply.request_id = token;
    if (key == "symbol") reply.symbol = unquoted(token);
    if (key != "result" || !token.starts_with('{')) return true;
    return walk_members(value, reader, "result", [&](JsonKey inner, JsonValue& part) {
      if (inner == "channel") reply.channel = unquoted(json_token(part));
      if (inner == "symbol") reply.symbol = unquoted(json_token(part));
      if (inner == "depth") reply.depth = json_token(part);
      return true;
    });
  });
}

}  // namespace

MessageKind MessageDecoder::decode(std::string_view frame, MessageVisitor& visitor,
                                   JsonReader& reader) {
  JsonObject root;
  if (!document_.open(frame, root, reader)) return MessageKind::kUnknown;
  const auto token = find_token(root, "channel", reader);
  if (!reader.ok()) return MessageKind::kUnknown;
  if (!token.empty()) {
    const auto channel = reader.text(token, "channel");
    if (channel.find('\\') != channel.npos) reader.fail("channel", token);
    if (!reader.ok()) return MessageKind::kUnknown;
    const auto kind = kind_of(channel);
    if (kind == MessageKind::kHeartbeat || kind == MessageKind::kUnknown) return kind;
    decode_data(kind, root, visitor, reader);
    if (!reader.ok() || ends_behind_data(frame)) [[likely]]
      return kind;
    return document_.walk_object(frame, reader, pass_over) ? kind : MessageKind::kUnknown;
  }
  Reply reply;
  if (!reader.check(root.reset().error(), "message") || !read_reply(root, reply, reader)) {
    return MessageKind::kUnknown;
  }
  if (reply.method.empty()) {
    if (reply.has_data) reader.fail("channel", {});
    return MessageKind::kUnknown;
  }
  visitor.on_reply(reply);
  return MessageKind::kReply;
}

void MessageDecoder::decode_data(MessageKind kind, JsonObject& root, MessageVisitor& visitor,
                                 JsonReader& reader) {
  const auto type = unquoted(find_token(root, "type", reader));
  const bool is_snapshot = type == "snapshot";
  const bool must_tell = kind == MessageKind::kBook || kind == MessageKind::kTrade;
  const bool bad_type = must_tell && !is_snapshot && type != "update";
  JsonValue data, pairs;
  if (!reader.ok() || !reader.check(root.find_field_unordered("data").get(data), "data")) return;
  const bool nested = kind == MessageKind::kInstrument;  // {"assets":[...],"pairs":[...]}
  if (nested && !reader.check(data.find_field_unordered("pairs").get(pairs), "pairs")) return;
  walk_elements(nested ? pairs : data, reader, "data", [&](JsonValue& element) {
    item_.tokens = {};
    item_.bids.clear();
    item_.asks.clear();
    JsonReader of_item;
    if (!read_item(element, of_item)) {  // nor can what stands behind it be read
      reader = of_item;
      return false;
    }
    if (bad_type) of_item.fail("type", type);
    visitor.on_item(kind, is_snapshot, item_, of_item);
    return true;
  });
}

// Whether all that follows is the end of the message, as on the wire; else the whole is walked.
bool MessageDecoder::ends_behind_data(std::string_view frame) {
  const char* at = nullptr;
  if (document_.location(at) != simdjson::SUCCESS) return false;
  const auto rest = frame.substr(static_cast<std::size_t>(at - frame.data()));
  return rest.find_first_not_of(" \t\r\n", 1) == rest.npos && rest.front() == '}';
}

// False when the JSON can't be walked on; then `reader` says so too.
bool MessageDecoder::read_item(JsonValue& element, JsonReader& reader) {
  return walk_members(element, reader, "item", [&](JsonKey key, JsonValue& value) {
    if (key == "bids") return read_book_side(value, item_.bids, reader);
    if (key == "asks") return read_book_side(value, item_.asks, reader);
    if (std::string_view* const place = place_of(key, item_.tokens)) *place = json_token(value);
    return true;
  });
}

}  // namespace tickgate::feeds::kraken
