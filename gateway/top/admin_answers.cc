// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/admin_answers.h"

#include <simdjson.h>

namespace tickgate::gateway {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

std::string text(const element& of, std::string_view key) {
  std::string_view value;
  return of[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

std::uint64_t count(const element& of, std::string_view key) {
  std::uint64_t value = 0;
  return of[key].get(value) == simdjson::SUCCESS ? value : 0;
}

std::optional<std::int64_t> whole(const element& of, std::string_view key) {
  std::int64_t value = 0;
  if (of[key].get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

bool truth(const element& of, std::string_view key) {
  bool value = false;
  return of[key].get(value) == simdjson::SUCCESS && value;
}

// All numbers of the object `key`.
std::uint64_t total(const element& of, std::string_view key) {
  object members;
  std::uint64_t sum = 0;
  if (of[key].get(members) != simdjson::SUCCESS) return 0;
  for (const auto& [name, value] : members) {
    std::uint64_t one = 0;
    if (value.get(one) == simdjson::SUCCESS) sum += one;
  }
  return sum;
}

FeedAnswer feed_of(const element& told) {
  FeedAnswer feed;
  feed.name = text(told, "feed");
  feed.state = text(told, "state");
  feed.reason = text(told, "reason");
  if (feed.reason.empty()) feed.reason = text(told, "pause_reason");
  feed.since = whole(told, "since").value_or(0);
  feed.age_ms = whole(told, "age_ms");
  feed.venue_age_ms = whole(told, "venue_age_ms");
  feed.messages = count(told, "messages");
  element anomalies;
  if (told["anomalies"].get(anomalies) == simdjson::SUCCESS) {
    feed.gaps = count(anomalies, "gap");
    const auto expected = feed.gaps + count(anomalies, "duplicate");
    const auto all = total(told, "anomalies");
    feed.faults = all > expected ? all - expected : 0;
  }
  element instruments;
  if (told["instruments"].get(instruments) == simdjson::SUCCESS) {
    feed.live = count(instruments, "live");
    feed.instruments = total(told, "instruments");
  }
  return feed;
}

ClientAnswer client_of(const element& told) {
  ClientAnswer client;
  client.address = text(told, "address");
  client.since = whole(told, "since").value_or(0);
  client.subscriptions = total(told, "subscriptions");
  client.backlog_bytes =
      count(told, "unsent_bytes") + count(told, "held_bytes") + count(told, "queued_bytes");
  client.round_trip_us = whole(told, "round_trip_us");
  client.bytes_sent = count(told, "bytes_sent");
  client.folded = count(told, "folded");
  client.floor_ms = count(told, "floor_ms");
  client.degraded = truth(told, "degraded");
  client.closing = truth(told, "closing");
  return client;
}

}  // namespace

absl::StatusOr<std::vector<FeedAnswer>> read_feeds(std::string_view json) {
  simdjson::dom::parser parser;
  array list;
  if (parser.parse(json.data(), json.size()).get(list) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError("/v1/feeds is not a list in JSON");
  }
  std::vector<FeedAnswer> feeds;
  for (const auto& told : list) feeds.push_back(feed_of(told));
  return feeds;
}

absl::StatusOr<ClientsAnswer> read_clients(std::string_view json) {
  simdjson::dom::parser parser;
  element told;
  array list;
  if (parser.parse(json.data(), json.size()).get(told) != simdjson::SUCCESS ||
      told["slowest"].get(list) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError("/v1/clients has no list of clients in JSON");
  }
  ClientsAnswer clients;
  clients.now = whole(told, "now").value_or(0);
  for (const auto& one : list) clients.slowest.push_back(client_of(one));
  if (told["missing"].get(list) != simdjson::SUCCESS) return clients;
  for (const auto& one : list) {
    std::string_view name;
    if (one.get(name) == simdjson::SUCCESS) clients.missing.emplace_back(name);
  }
  return clients;
}

}  // namespace tickgate::gateway
