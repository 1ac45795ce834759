// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/binance/messages.h"

#include <algorithm>

namespace tickgate::feeds::binance {
namespace {

using schemas::BookLevel;
using simdjson::ondemand::array;
using simdjson::ondemand::field;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

// [["61837.63000000","3.78826000"],...]; false when the JSON itself can't be walked on.
bool read_levels(value& from, std::vector<BookLevel>& out, JsonReader& reader) {
  array levels;
  if (!reader.check(from.get_array().get(levels), "levels")) return false;
  for (auto element : levels) {
    array pair;
    if (!reader.check(element.get_array().get(pair), "level")) return false;
    std::array<std::string_view, 2> tokens;
    std::size_t count = 0;
    for (auto item : pair) {
      if (!reader.check(item.error(), "level")) return false;
      if (count < tokens.size()) tokens[count] = json_token(in_place(item));
      ++count;
    }
    out.push_back({reader.price(tokens[0], "price"), reader.size(tokens[1], "quantity")});
  }
  return true;
}

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

simdjson::error_code MessageDecoder::open(std::string_view text, object& object) {
  const auto error =
      parser_.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING)
          .get(document_);
  return error ? error : document_.get_object().get(object);
}

const Event& MessageDecoder::event(std::string_view frame, JsonReader& reader) {
  event_.kind = EventKind::kUnknown;
  event_.stream = {};
  event_.fields.clear();
  event_.message = {};
  event_.bids.clear();
  event_.asks.clear();
  object root;
  if (!reader.check(open(frame, root), "frame")) return event_;
  walk_event(root, 0, reader);
  if (event_.kind == EventKind::kUnknown) event_.kind = kind_of(event_.fields, event_.stream);
  return event_;
}

// False when the JSON can't be walked on.
bool MessageDecoder::walk_event(object object, int depth, JsonReader& reader) {
  for (auto next : object) {
    if (!reader.check(next.error(), "frame")) return false;
    field& field = in_place(next);
    const char* const key = field.key().raw();
    const bool one_letter = key[0] != '"' && key[1] == '"';
    if (!(one_letter ? take_letter(key[0], field.value(), reader)
                     : take_word(field, depth, reader))) {
      return false;
    }
  }
  return true;
}

bool MessageDecoder::take_letter(char key, value& value, JsonReader& reader) {
  const auto token = json_token(value);
  if (token.starts_with('[') && key == 'b') return read_levels(value, event_.bids, reader);
  if (token.starts_with('[') && key == 'a') return read_levels(value, event_.asks, reader);
  if (EventFields::is_key(key) && !token.starts_with('[') && !token.starts_with('{')) {
    event_.fields.set(key, token);
  }
  return true;
}

// The words around an event: the combined mode's wrapping, and replies in their two forms,
// {"error":{"code":2,"msg":"..."},"id":1} and {"code":2,"msg":"...","id":1}.
bool MessageDecoder::take_word(field& field, int depth, JsonReader& reader) {
  const auto key = field.key();
  const auto token = json_token(field.value());
  if (key == "stream") {
    event_.stream = unquoted(token);
  } else if ((key == "data" || key == "error") && depth == 0) {
    if (key == "error") event_.kind = EventKind::kError;
    if (!token.starts_with('{')) return true;
    object inner;
    if (!reader.check(field.value().get_object().get(inner), "data")) return false;
    return walk_event(inner, depth + 1, reader);
  } else if (key == "result" && depth == 0) {
    event_.kind = EventKind::kReply;
  } else if (key == "code" && depth == 0) {
    event_.kind = EventKind::kError;
  } else if (key == "msg") {
    event_.message = unquoted(token);
  }
  return true;
}

const DepthSnapshot& MessageDecoder::depth(std::string_view body, JsonReader& reader) {
  depth_.bids.clear();
  depth_.asks.clear();
  std::string_view last_update_id;
  object root;
  if (!reader.check(open(body, root), "body")) return depth_;
  for (auto next : root) {
    if (!reader.check(next.error(), "body")) return depth_;
    field& field = in_place(next);
    if (field.key() == "lastUpdateId") last_update_id = json_token(field.value());
    if (field.key() == "bids" && !read_levels(field.value(), depth_.bids, reader)) return depth_;
    if (field.key() == "asks" && !read_levels(field.value(), depth_.asks, reader)) return depth_;
  }
  depth_.last_update_id = reader.count(last_update_id, "lastUpdateId");
  return depth_;
}

const std::vector<ListedSymbol>& MessageDecoder::exchange_info(std::string_view body,
                                                               JsonReader& reader) {
  listed_.clear();
  object root;
  array symbols;
  if (!reader.check(open(body, root), "body") ||
      !reader.check(root.find_field_unordered("symbols").get_array().get(symbols), "symbols")) {
    return listed_;
  }
  for (auto element : symbols) {
    object item;
    if (!reader.check(element.get_object().get(item), "symbols")) return listed_;
    ListedSymbol listed;
    for (auto next : item) {
      if (!reader.check(next.error(), "symbols")) return listed_;
      field& field = in_place(next);
      std::string_view* const wanted = field.key() == "symbol"       ? &listed.symbol
                                       : field.key() == "status"     ? &listed.status
                                       : field.key() == "baseAsset"  ? &listed.base
                                       : field.key() == "quoteAsset" ? &listed.quote
                                                                     : nullptr;
      if (wanted != nullptr) *wanted = unquoted(json_token(field.value()));
    }
    listed_.push_back(listed);
  }
  return listed_;
}

RestError MessageDecoder::rest_error(std::string_view body) {
  RestError error;
  object root;
  if (open(body, root)) return error;  // a proxy's page: no code
  for (auto next : root) {
    if (next.error()) return error;
    field& field = in_place(next);
    if (field.key() == "code") error.code = json_token(field.value());
    if (field.key() == "msg") error.message = unquoted(json_token(field.value()));
  }
  return error;
}

}  // namespace tickgate::feeds::binance
