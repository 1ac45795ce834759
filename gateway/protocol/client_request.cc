// SPDX-License-Identifier: Apache-2.0
#include "gateway/protocol/client_request.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <new>
#include <optional>
#include <unordered_set>

#include "gateway/protocol/symbol_pattern.h"
#include "schemas/json.h"
#include "schemas/utf8.h"

namespace tickgate::gateway {
namespace {

using Element = simdjson::dom::element;

constexpr std::string_view kOpNames = "subscribe, unsubscribe, list, ping or auth";
constexpr std::string_view kChannelNames = "quote, trade, book, ticker, bar or status";

std::string quoted(std::string_view text) {
  std::string out;
  schemas::append_json_string(out, schemas::utf8_prefix(text, 64));
  return out;
}

// What stands where something else was due, for the message.
std::string describe(Element element) {
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) return quoted(text);
  switch (element.type()) {
    case simdjson::dom::element_type::ARRAY:
      return "an array";
    case simdjson::dom::element_type::OBJECT:
      return "an object";
    default:
      return simdjson::minify(element);
  }
}

// One message under inspection: its fields, each read once at most, and the first error.
class Fields {
 public:
  // False: not an object, or a key twice.
  bool read(Element root) {
    simdjson::dom::object object;
    if (root.get(object) != simdjson::SUCCESS) return fail("expected a JSON object");
    if (object.size() > fields_.size()) return fail("too many keys");
    for (const auto field : object) {
      if (find(field.key) != nullptr) return fail(fmt::format("{}: given twice", field.key));
      fields_[count_++] = {field.key, field.value};
    }
    read_id();
    return !failed();
  }

  bool fail(std::string message, ErrorCode code = ErrorCode::kBadRequest) {
    if (!failed()) error_ = RequestError{id, code, std::move(message)};
    return false;
  }
  bool failed() const { return error_.has_value(); }
  RequestError pop_error() { return std::move(*error_); }

  const Element* find(std::string_view key) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (fields_[i].key == key) return &fields_[i].value;
    }
    return nullptr;
  }

  std::string_view text(std::string_view key, std::string_view expected) {
    const auto* element = find(key);
    std::string_view value;
    if (element == nullptr) {
      fail(fmt::format("{}: missing, expected {}", key, expected));
    } else if (element->get(value) != simdjson::SUCCESS) {
      fail(fmt::format("{}: expected {}, got {}", key, expected, describe(*element)));
    }
    return value;
  }

  std::uint32_t number(std::string_view key, std::uint32_t low, std::uint32_t high,
                       std::uint32_t missing) {
    const auto* element = find(key);
    if (element == nullptr) return missing;
    std::int64_t value = 0;
    if (element->get(value) != simdjson::SUCCESS || value < low || value > high) {
      fail(fmt::format("{}: expected an integer from {} to {}, got {}", key, low, high,
                       describe(*element)));
      return missing;
    }
    return static_cast<std::uint32_t>(value);
  }

  bool flag(std::string_view key) {
    const auto* element = find(key);
    bool value = false;
    if (element != nullptr && element->get(value) != simdjson::SUCCESS) {
      fail(fmt::format("{}: expected true or false, got {}", key, describe(*element)));
    }
    return value;
  }

  void allow_only(std::initializer_list<std::string_view> keys) {
    for (std::size_t i = 0; i < count_; ++i) {
      bool known = fields_[i].key == "op" || fields_[i].key == "id";
      for (const auto key : keys) known = known || key == fields_[i].key;
      if (!known) fail(fmt::format("unknown key {}", quoted(fields_[i].key)));
    }
  }

  std::string id = "null";

 private:
  struct Field {
    std::string_view key;
    Element value;
  };

  void read_id() {
    const auto* element = find("id");
    if (element == nullptr) return;
    std::string_view text;
    if (element->is_int64() || element->is_uint64()) {
      id = simdjson::minify(*element);
    } else if (element->get(text) == simdjson::SUCCESS && text.size() <= kMaxRequestId) {
      id.clear();
      schemas::append_json_string(id, text);
    } else {
      fail(fmt::format("id: expected an integer or a string of at most {} bytes", kMaxRequestId));
    }
  }

  std::array<Field, 16> fields_;
  std::size_t count_ = 0;
  std::optional<RequestError> error_;
};

schemas::Channel read_channel(Fields& fields) {
  const auto text = fields.text("channel", kChannelNames);
  const auto channel = schemas::channel_from_name(text);
  if (!channel.has_value()) {
    fields.fail(fmt::format("channel: expected {}, got {}", kChannelNames, quoted(text)));
  }
  return channel.value_or(schemas::Channel::kQuote);
}

std::vector<std::string> read_symbols(Fields& fields) {
  static constexpr std::string_view kExpected = "symbols: expected an array of one or more strings";
  std::vector<std::string> symbols;
  const auto* element = fields.find("symbols");
  simdjson::dom::array array;
  if (element == nullptr || element->get(array) != simdjson::SUCCESS || array.size() == 0) {
    fields.fail(std::string(kExpected));
    return symbols;
  }
  for (const auto item : array) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) {
      fields.fail(fmt::format("{}, one is {}", kExpected, describe(item)));
      break;
    }
    symbols.emplace_back(text);
  }
  return symbols;
}

schemas::Interval read_interval(Fields& fields) {
  const auto text = fields.text("interval", kIntervalNames);
  const auto interval = schemas::interval_from_name(text);
  if (!interval.has_value()) {
    fields.fail(fmt::format("interval: expected {}, got {}", kIntervalNames, quoted(text)),
                ErrorCode::kUnknownInterval);
  }
  return interval.value_or(schemas::Interval::k1m);
}

void refuse_keys(Fields& fields, std::initializer_list<std::string_view> keys,
                 std::string_view channel) {
  for (const auto key : keys) {
    if (fields.find(key) != nullptr) fields.fail(fmt::format("{}: only for {}", key, channel));
  }
}

void read_sequences(Fields& fields, simdjson::dom::object sequences, TradesSeen& seen) {
  for (const auto field : sequences) {
    std::uint64_t sequence = 0;
    if (field.value.get(sequence) != simdjson::SUCCESS || sequence > kMaxSequence) {
      fields.fail(fmt::format("from.seq: {}: expected an integer from 0 to {}, got {}",
                              quoted(field.key), kMaxSequence, describe(field.value)));
    } else if (!seen.seq.emplace(field.key, sequence).second) {
      fields.fail(fmt::format("from.seq: {}: given twice", quoted(field.key)));
    }
    if (fields.failed()) return;
  }
}

TradesSeen read_seen(Fields& fields, Element from) {
  TradesSeen seen;
  std::string_view epoch;
  simdjson::dom::object members, sequences;
  const bool whole = from.get(members) == simdjson::SUCCESS && members.size() == 2 &&
                     members["epoch"].get(epoch) == simdjson::SUCCESS &&
                     members["seq"].get(sequences) == simdjson::SUCCESS;
  if (!whole || epoch.size() > kMaxEpoch) {
    fields.fail(fmt::format(
        "from: expected {{\"epoch\":a string of at most {} bytes,\"seq\":{{symbol:number}}}}",
        kMaxEpoch));
    return seen;
  }
  seen.epoch = epoch;
  read_sequences(fields, sequences, seen);
  return seen;
}

// What was seen of a symbol that is not asked for is a mistake of who asks.
void require_asked(Fields& fields, const SubscribeRequest& request) {
  std::unordered_set<std::string_view> exact;
  std::vector<SymbolPattern> patterns;
  for (const std::string& symbol : request.symbols) {
    const auto pattern = SymbolPattern::parse(symbol);
    if (!pattern.has_value() || pattern->is_exact()) {
      exact.insert(symbol);
    } else if (patterns.size() < SymbolPattern::kMaxInRequest) {
      patterns.push_back(*pattern);
    }
  }
  for (const auto& [symbol, sequence] : request.from->seq) {
    const auto covers = [&one = symbol](const SymbolPattern& each) { return each.matches(one); };
    if (exact.contains(symbol) || std::any_of(patterns.begin(), patterns.end(), covers)) continue;
    const std::string_view stray = symbol;
    fields.fail(fmt::format("from.seq: {}: not among the symbols", quoted(stray)));
    return;
  }
}

SubscribeRequest read_subscribe(Fields& fields, bool channel_needed = true) {
  SubscribeRequest request;
  if (channel_needed || fields.find("channel") != nullptr) request.channel = read_channel(fields);
  request.symbols = read_symbols(fields);
  request.interval_ms = fields.number("interval_ms", 0, kMaxIntervalMs, 0);
  request.stamps = fields.flag("stamps");
  if (request.channel == schemas::Channel::kBook) {
    request.depth = static_cast<std::uint8_t>(fields.number("depth", 1, 25, 25));
  } else {
    refuse_keys(fields, {"depth"}, "book");
  }
  if (request.channel == schemas::Channel::kBar) {
    request.interval = read_interval(fields);
    request.history = fields.number("history", 0, kMaxHistory, 0);
  } else {
    refuse_keys(fields, {"interval", "history"}, "bar");
  }
  if (request.channel != schemas::Channel::kTrade) {
    refuse_keys(fields, {"from"}, "trade");
  } else if (const auto* from = fields.find("from"); from != nullptr && !fields.failed()) {
    request.from = read_seen(fields, *from);
    require_asked(fields, request);
  }
  fields.allow_only(
      {"channel", "symbols", "interval_ms", "stamps", "depth", "interval", "history", "from"});
  return request;
}

UnsubscribeRequest read_unsubscribe(Fields& fields) {
  UnsubscribeRequest request;
  request.channel = read_channel(fields);
  request.symbols = read_symbols(fields);
  if (request.channel != schemas::Channel::kBar) {
    refuse_keys(fields, {"interval"}, "bar");
  } else if (fields.find("interval") != nullptr) {
    request.interval = read_interval(fields);
  }
  fields.allow_only({"channel", "symbols", "interval"});
  return request;
}

PingRequest read_ping(Fields& fields) {
  PingRequest request;
  if (fields.find("echo") != nullptr) request.echo = fields.text("echo", "a string");
  if (request.echo.size() > kMaxEcho) {
    fields.fail(fmt::format("echo: expected at most {} bytes", kMaxEcho));
  }
  fields.allow_only({"echo"});
  return request;
}

// What is wrong with a token is never said in its own words: they may be a secret.
AuthRequest read_auth(Fields& fields) {
  AuthRequest request;
  std::string_view token;
  const auto* const element = fields.find("token");
  if (element == nullptr || element->get(token) != simdjson::SUCCESS || token.empty() ||
      token.size() > kMaxToken) {
    fields.fail(fmt::format("token: expected a string of 1 to {} bytes", kMaxToken));
  }
  request.token = token;
  fields.allow_only({"token"});
  return request;
}

void read_request(Fields& fields, ClientRequest& request) {
  const auto op = fields.text("op", kOpNames);
  if (fields.failed()) return;
  if (op == "subscribe") {
    request.what = read_subscribe(fields);
  } else if (op == "unsubscribe") {
    request.what = read_unsubscribe(fields);
  } else if (op == "list") {
    fields.allow_only({});
    request.what = ListRequest{};
  } else if (op == "ping") {
    request.what = read_ping(fields);
  } else if (op == "auth") {
    request.what = read_auth(fields);
  } else {
    fields.fail(fmt::format("op: expected {}, got {}", kOpNames, quoted(op)),
                ErrorCode::kUnknownOp);
  }
}

}  // namespace

struct RequestParser::Impl {
  simdjson::dom::parser parser;
};

RequestParser::RequestParser() : impl_(std::make_unique<Impl>()) {}
RequestParser::~RequestParser() = default;

std::string RequestParser::id_of(std::string_view text) {
  Element root;
  Fields fields;
  // parse() copies into a padded buffer of the parser's own.
  if (impl_->parser.parse(text.data(), text.size(), true).get(root) == simdjson::SUCCESS) {
    fields.read(root);
  }
  return fields.id;
}

std::variant<ClientRequest, RequestError> RequestParser::parse(std::string_view text) {
  Element root;
  Fields fields;
  // parse() copies into a padded buffer of the parser's own.
  const auto error = impl_->parser.parse(text.data(), text.size(), true).get(root);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();  // no fault of the client's
  if (error != simdjson::SUCCESS) {
    return RequestError{"null", ErrorCode::kBadRequest, "expected one JSON object"};
  }
  ClientRequest request;
  if (fields.read(root)) read_request(fields, request);
  if (fields.failed()) return fields.pop_error();
  request.id = fields.id;
  return request;
}

std::variant<SubscribeRequest, RequestError> RequestParser::parse_snapshot(std::string_view text) {
  Element root;
  Fields fields;
  if (impl_->parser.parse(text.data(), text.size(), true).get(root) != simdjson::SUCCESS) {
    return RequestError{"null", ErrorCode::kBadRequest, "expected one JSON object"};
  }
  SubscribeRequest request;
  if (fields.read(root)) {
    if (fields.find("op") != nullptr && fields.text("op", "subscribe") != "subscribe") {
      fields.fail("op: expected subscribe, or none", ErrorCode::kUnknownOp);
    }
    request = read_subscribe(fields, false);
  }
  if (fields.failed()) return fields.pop_error();
  return request;
}

}  // namespace tickgate::gateway
