// SPDX-License-Identifier: Apache-2.0
#include "tests/load/reply_reader.h"

#include "simdjson.h"

namespace tickgate::load {
namespace {

using simdjson::dom::element;

Reply::Kind kind_of(std::string_view object) {
  const auto is = [object](std::string_view type) {
    constexpr std::string_view kKey = "{\"type\":\"";
    return object.starts_with(kKey) && object.substr(kKey.size()).starts_with(type) &&
           object.substr(kKey.size() + type.size()).starts_with('"');
  };
  if (is("subscribed")) return Reply::Kind::kSubscribed;
  if (is("unsubscribed")) return Reply::Kind::kUnsubscribed;
  if (is("error")) return Reply::Kind::kError;
  if (is("degraded")) return Reply::Kind::kDegraded;
  if (is("drain")) return Reply::Kind::kDrain;
  if (is("gap")) return Reply::Kind::kGap;
  return Reply::Kind::kElse;
}

std::string text(element object, const char* key) {
  std::string_view value;
  return object[key].get_string().get(value) == simdjson::SUCCESS ? std::string(value) : "";
}

bool read_acknowledgement(element object, Reply& reply) {
  simdjson::dom::array accepted, rejected;
  if (object["accepted"].get_array().get(accepted) != simdjson::SUCCESS ||
      object["rejected"].get_array().get(rejected) != simdjson::SUCCESS) {
    return false;
  }
  for (const auto symbol : accepted) {
    std::string_view name;
    if (symbol.get_string().get(name) != simdjson::SUCCESS) return false;
    reply.accepted.emplace_back(name);
  }
  for (const auto refusal : rejected) {
    if (reply.rejected++ == 0) reply.what = text(refusal, "code");
  }
  return reply.id != 0;
}

}  // namespace

struct ReplyReader::Impl {
  simdjson::dom::parser parser;
  Reply reply;
};

ReplyReader::ReplyReader() : impl_(std::make_unique<Impl>()) {}
ReplyReader::~ReplyReader() = default;

const Reply* ReplyReader::read(std::string_view object) {
  auto& reply = impl_->reply;
  reply = {};
  reply.kind = kind_of(object);
  if (reply.kind == Reply::Kind::kElse || reply.kind == Reply::Kind::kDegraded ||
      reply.kind == Reply::Kind::kGap) {
    return &reply;
  }
  element parsed;
  if (impl_->parser.parse(object.data(), object.size()).get(parsed) != simdjson::SUCCESS) {
    return nullptr;
  }
  std::uint64_t id = 0;
  if (parsed["id"].get_uint64().get(id) == simdjson::SUCCESS) reply.id = id;
  if (reply.kind == Reply::Kind::kDrain) {
    const auto told = parsed["reconnect_after_ms"].get_uint64().get(reply.reconnect_after_ms);
    return told == simdjson::SUCCESS ? &reply : nullptr;
  }
  if (reply.kind == Reply::Kind::kError) {
    reply.what = text(parsed, "code") + ": " + text(parsed, "message");
    return &reply;
  }
  return read_acknowledgement(parsed, reply) ? &reply : nullptr;
}

bool ReplyReader::is_valid(std::string_view message) {
  element parsed;
  simdjson::dom::array objects;
  if (message.empty() ||
      impl_->parser.parse(message.data(), message.size()).get(parsed) != simdjson::SUCCESS ||
      parsed.get_array().get(objects) != simdjson::SUCCESS) {
    return false;
  }
  for (const auto object : objects) {
    std::string_view type;
    if (object["type"].get_string().get(type) != simdjson::SUCCESS) return false;
  }
  return objects.begin() != objects.end();
}

}  // namespace tickgate::load
