// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/kraken/messages.h"

#include <utility>

namespace tickgate::feeds::kraken {
namespace {

using simdjson::ondemand::array;
using simdjson::ondemand::field;
using simdjson::ondemand::object;
using simdjson::ondemand::raw_json_string;
using simdjson::ondemand::value;

MessageKind kind_of(std::string_view channel) {
  if (channel == "book") return MessageKind::kBook;
  if (channel == "trade") return MessageKind::kTrade;
  if (channel == "ticker") return MessageKind::kTicker;
  if (channel == "heartbeat") return MessageKind::kHeartbeat;
  if (channel == "status") return MessageKind::kStatus;
  if (channel == "instrument") return MessageKind::kInstrument;
  return MessageKind::kUnknown;
}

// [{"price":45283.5,"qty":0.10000000},...]; false when the JSON can't be walked on.
bool read_levels(value& from, std::vector<schemas::BookLevel>& out, JsonReader& reader) {
  array levels;
  if (!reader.check(from.get_array().get(levels), "levels")) return false;
  for (auto element : levels) {
    object level;
    if (!reader.check(element.get_object().get(level), "level")) return false;
    std::string_view price, qty;
    for (auto next : level) {
      if (!reader.check(next.error(), "level")) return false;
      field& field = in_place(next);
      if (field.key() == "price") price = json_token(field.value());
      if (field.key() == "qty") qty = json_token(field.value());
    }
    out.push_back({reader.price(price, "price"), reader.size(qty, "qty")});
  }
  return true;
}

// Where the scalar of this key goes; null for what nobody wants, such as the status's
// connection_id, which passes int64.
std::string_view* place_of(raw_json_string key, Item::Tokens& tokens) {
  switch (key.raw()[0]) {
    case 'c':
      return key == "checksum" ? &tokens.checksum : nullptr;
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

// Empty when there is none. After any other error simdjson's iterator is dead, and touching it
// again would be undefined: then `reader` is no longer ok.
std::string_view find_text(object& in, std::string_view key, JsonReader& reader) {
  value found;
  const auto error = in.find_field_unordered(key).get(found);
  if (error == simdjson::NO_SUCH_FIELD || !reader.check(error, "frame")) return {};
  return unquoted(json_token(found));
}

bool read_result(object result, Reply& reply, JsonReader& reader) {
  for (auto next : result) {
    if (!reader.check(next.error(), "result")) return false;
    field& field = in_place(next);
    if (field.key() == "channel") reply.channel = unquoted(json_token(field.value()));
    if (field.key() == "symbol") reply.symbol = unquoted(json_token(field.value()));
    if (field.key() == "depth") reply.depth = json_token(field.value());
  }
  return true;
}

// {"method":"subscribe","result":{"channel":"book","depth":10,"symbol":"BTC/USD"},"success":true}
// {"error":"Currency pair not supported NOPE/USD","method":"subscribe","success":false,
//  "symbol":"NOPE/USD"}
bool read_reply(object root, Reply& reply, JsonReader& reader) {
  for (auto next : root) {
    if (!reader.check(next.error(), "frame")) return false;
    field& field = in_place(next);
    const auto token = json_token(field.value());
    if (field.key() == "method") reply.method = unquoted(token);
    if (field.key() == "success") reply.success = token;
    if (field.key() == "error") reply.error = unquoted(token);
    if (field.key() == "req_id") reply.request_id = token;
    if (field.key() == "symbol") reply.symbol = unquoted(token);
    if (field.key() == "result" && token.starts_with('{')) {
      object result;
      if (!reader.check(field.value().get_object().get(result), "result") ||
          !read_result(result, reply, reader)) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

MessageKind MessageDecoder::decode(std::string_view frame, MessageVisitor& visitor,
                                   JsonReader& reader) {
  object root;
  if (!reader.check(
          parser_.iterate(frame.data(), frame.size(), frame.size() + simdjson::SIMDJSON_PADDING)
              .get(document_),
          "frame") ||
      !reader.check(document_.get_object().get(root), "frame")) {
    return MessageKind::kUnknown;
  }
  const auto channel = find_text(root, "channel", reader);
  if (!reader.ok()) return MessageKind::kUnknown;
  if (channel.empty()) {
    Reply reply;
    if (!reader.check(root.reset().error(), "frame") || !read_reply(root, reply, reader)) {
      return MessageKind::kUnknown;
    }
    if (reply.method.empty()) return MessageKind::kUnknown;
    visitor.on_reply(reply);
    return MessageKind::kReply;
  }
  const auto kind = kind_of(channel);
  if (kind == MessageKind::kHeartbeat || kind == MessageKind::kUnknown) return kind;
  const bool is_snapshot = find_text(root, "type", reader) == "snapshot";
  if (!reader.ok()) return kind;
  value data;
  array items;
  if (!reader.check(root.find_field_unordered("data").get(data), "data")) return kind;
  if (kind == MessageKind::kInstrument) {  // {"assets":[...],"pairs":[...]}
    if (!reader.check(data.find_field_unordered("pairs").get_array().get(items), "pairs")) {
      return kind;
    }
  } else if (!reader.check(data.get_array().get(items), "data")) {
    return kind;
  }
  read_items(kind, is_snapshot, items, visitor, reader);
  return kind;
}

void MessageDecoder::read_items(MessageKind kind, bool is_snapshot, array items,
                                MessageVisitor& visitor, JsonReader& reader) {
  for (auto element : items) {
    object object;
    if (!reader.check(element.get_object().get(object), "data")) return;
    item_.tokens = {};
    item_.bids.clear();
    item_.asks.clear();
    JsonReader of_item;
    const bool walked = read_item(object, of_item);
    visitor.on_item(kind, is_snapshot, item_, of_item);
    if (!walked) return;
  }
}

// False when the JSON can't be walked on; then `reader` says so too.
bool MessageDecoder::read_item(object object, JsonReader& reader) {
  for (auto next : object) {
    if (!reader.check(next.error(), "item")) return false;
    field& field = in_place(next);
    if (field.key() == "bids") {
      if (!read_levels(field.value(), item_.bids, reader)) return false;
    } else if (field.key() == "asks") {
      if (!read_levels(field.value(), item_.asks, reader)) return false;
    } else if (std::string_view* const place = place_of(field.key(), item_.tokens)) {
      *place = json_token(field.value());
    }
  }
  return true;
}

}  // namespace tickgate::feeds::kraken
