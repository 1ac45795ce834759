// SPDX-License-Identifier: Apache-2.0
// Holds schemas/protocol.md, which clients are written by, against the code, both ways.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/config.h"
#include "gateway/fanout/bar_series.h"
#include "gateway/protocol/client_request.h"
#include "gateway/protocol/close_code.h"
#include "gateway/protocol/error_code.h"
#include "gateway/protocol/replies.h"
#include "gateway/protocol/symbol_pattern.h"
#include "schemas/instrument.h"
#include "schemas/json.h"
#include "tests/support/test_bars.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using Keys = std::vector<std::string>;
using Shapes = std::map<std::string, std::set<Keys>>;  // by type

const std::string& document() {
  static const std::string text = [] {
    std::ifstream file(TICKGATE_TEST_DATA "/../../schemas/protocol.md");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  return text;
}

// The lines under "## title", up to the next heading of its rank.
std::vector<std::string> section(std::string_view title) {
  std::vector<std::string> lines;
  std::istringstream text(document());
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("## ")) inside = line.substr(3) == title;
    if (inside) lines.push_back(line);
  }
  return lines;
}

// The cells of each row of the section's table, without its head.
std::vector<std::vector<std::string>> table(std::string_view title) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& line : section(title)) {
    if (!line.starts_with("| ")) continue;
    auto& cells = rows.emplace_back();
    std::istringstream text(line.substr(2));
    for (std::string cell; std::getline(text, cell, '|');) {
      const auto end = cell.find_last_not_of(' ');
      cell.resize(end == std::string::npos ? 0 : end + 1);
      cells.push_back(cell.substr(std::min(cell.size(), cell.find_first_not_of(' '))));
    }
  }
  if (!rows.empty()) rows.erase(rows.begin());
  return rows;
}

// The lines of the ```json blocks, each a whole document.
std::vector<std::string> examples() {
  std::vector<std::string> found;
  std::istringstream text(document());
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```")) {
      inside = line == "```json";
    } else if (inside) {
      found.push_back(line);
    }
  }
  return found;
}

// How the objects of a message look: their types, and each one's keys in order.
void add_shapes(Shapes& shapes, const std::string& message) {
  simdjson::dom::parser parser;
  simdjson::dom::array objects;
  ASSERT_EQ(parser.parse(message).get(objects), simdjson::SUCCESS) << message;
  for (const simdjson::dom::object object : objects) {
    std::string_view type;
    if (object["type"].get(type) != simdjson::SUCCESS) continue;  // of plain HTTP
    Keys keys;
    for (const auto field : object) keys.emplace_back(field.key);
    shapes[std::string(type)].insert(keys);
  }
}

// What the encoders write of ticks.
void add_ticks(Shapes& shapes) {
  schemas::InstrumentRegistry registry;
  const auto& btc = registry.add("sim", "BTC-USD");
  schemas::Ticker ticker;
  ticker.header = testing::header(btc, schemas::Channel::kTicker, 1);
  const auto add = [&](const auto& tick) {
    std::string text = "[";
    append_json(text, tick, btc.symbol);
    add_shapes(shapes, text + "]");
  };
  add(testing::quote(btc, 1));
  add(testing::trade(btc, 1));
  add(testing::book(btc, 1, 1));
  add(ticker);
  add(testing::status(btc, 1, schemas::State::kLive));
  auto crossed = testing::quote(btc, 1, "300");
  crossed.header.bid_venue = crossed.header.ask_venue = 1;
  const std::vector<std::string> sources = {"sim"};
  std::string text = "[";
  append_json(text, crossed, "BEST:BTC-USD", sources);
  add_shapes(shapes, text + "]");
  add(testing::bar(0, 1));
  BarSeries bars(btc.symbol, schemas::Interval::k1m);
  auto lost = testing::closed(0, 1);
  lost.complete = false;
  bars.load(std::vector{lost, testing::bar(1, 2)});
  std::string history = "[";
  auto cursor = bars.history(1);
  bars.append_history(history, cursor, 4'096, {});
  add_shapes(shapes, history + "]");
}

// And of everything else.
void add_replies(Shapes& shapes) {
  const auto add = [&](auto write) {
    Replies replies;
    write(replies);
    add_shapes(shapes, "[" + replies.text() + "]");
  };
  const Acknowledgement ack{"1", schemas::Channel::kQuote, "", {}};
  add([&](auto& replies) { replies.add_subscribed(ack, 0, "EPOCH"); });
  auto bars = ack;
  bars.interval = schemas::Interval::k1m;
  add([&](auto& replies) { replies.add_subscribed(bars, 0, "EPOCH"); });
  add([&](auto& replies) { replies.add_unsubscribed(ack); });
  add([&](auto& replies) { replies.add_list("1", {}, {}); });
  add([](auto& replies) { replies.add_error("1", ErrorCode::kBadRequest, "", false); });
  add([](auto& replies) { replies.add_rate_limited("1", 1); });
  add([](auto& replies) { replies.add_pong("1", ""); });
  auto granted = ack;
  granted.depth = 5;
  add([&](auto& replies) { replies.add_subscribed(granted, 0, "EPOCH"); });
  add([](auto& replies) { replies.add_authenticated("1", "a", std::nullopt); });
  add([](auto& replies) { replies.add_auth_expiring(1); });
  add([](auto& replies) { replies.add_heartbeat(schemas::Timestamp{1}); });
  add([](auto& replies) { replies.add_degraded(1); });
  add([](auto& replies) { replies.add_restored(); });
  add([](auto& replies) { replies.add_drain(1); });
  std::string gap;
  append_trade_gap(gap, "SIM:BTC-USD", schemas::SequenceNumber{1}, schemas::SequenceNumber{2},
                   name(schemas::GapReason::kFeedGap));
  add_shapes(shapes, "[" + gap + "]");
}

std::string come_back_text(ComeBack come_back) {
  switch (come_back) {
    case ComeBack::kYes:
      return "yes";
    case ComeBack::kLater:
      return "later";
    case ComeBack::kNo:
      return "no";
  }
  return "";
}

}  // namespace

TEST(ProtocolDocument, ErrorCodesAreThoseOfTheCode) {
  std::vector<std::string> documented;
  for (const auto& row : table("Error codes")) documented.push_back(row.at(0));
  std::vector<std::string> sent;
  for (const auto code : kErrorCodeNames) sent.push_back("`" + std::string(code) + "`");
  EXPECT_THAT(documented, ::testing::UnorderedElementsAreArray(sent));
}

TEST(ProtocolDocument, CloseCodesTheirReasonsAndWhetherToComeBackAreThoseOfTheCode) {
  std::vector<std::vector<std::string>> documented;
  for (const auto& row : table("Close codes")) documented.push_back({row[0], row[1], row.at(2)});
  std::vector<std::vector<std::string>> known;
  for (const auto reason : all_close_reasons()) {
    const auto& info = close_info(reason);
    if (info.code == 0) continue;  // no frame can be sent
    const auto text = info.text.empty() ? std::string() : fmt::format("`{}`", info.text);
    known.push_back({std::to_string(info.code), come_back_text(info.come_back), text});
  }
  EXPECT_THAT(documented, ::testing::UnorderedElementsAreArray(known));
}

TEST(ProtocolDocument, StatesAreThoseOfTheCode) {
  for (int i = 0; i <= static_cast<int>(schemas::State::kClosed); ++i) {
    const auto row = "\n| `" + std::string(name(static_cast<schemas::State>(i))) + "` |";
    EXPECT_NE(document().find(row), std::string::npos) << row;
  }
}

TEST(ProtocolDocument, WhatASymbolConsistsOfIsWhatTheCodeTakes) {
  const auto length = fmt::format("neither is longer than {} bytes", schemas::kMostSymbolBytes);
  EXPECT_NE(document().find(length), std::string::npos);
  std::string plain;
  for (int c = 1; c < 128; ++c) {
    const std::string one(1, static_cast<char>(c));
    if (schemas::split_symbol("V" + one + ":BTC-USD")) plain += one;
  }
  EXPECT_EQ(plain, ".0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
  EXPECT_NE(document().find("`A-Z`, `a-z`, `0-9`, `.` and `_`"), std::string::npos);
  const std::string example = "BINANCE:币安人生-USDT";
  EXPECT_NE(document().find("`" + example + "`"), std::string::npos);
  EXPECT_TRUE(SymbolPattern::parse(example) && SymbolPattern::parse("*:币安人生-USDT"));
  for (const std::string_view unseen : {"\u0085", "\u3000", "\u200B", "\u202E"}) {
    EXPECT_FALSE(SymbolPattern::parse("BINANCE:BTC" + std::string(unseen) + "-USDT"));
  }
}

TEST(ProtocolDocument, DefaultsOfTheLimitsAreThoseOfTheConfiguration) {
  const LimitsConfig limits;
  const auto seconds = [](Milliseconds time) { return time.count() / 1000; };
  const std::map<std::string, std::int64_t> defaults = {
      {"`connections`", limits.connections},
      {"`unauthenticated_connections`", limits.unauthenticated_connections},
      {"`handshakes_per_second`", limits.handshakes_per_second},
      {"`subscriptions_per_connection`", limits.subscriptions_per_connection},
      {"`message_bytes`", limits.message_bytes},
      {"`requests_per_second`", limits.requests_per_second},
      {"`request_burst`", limits.request_burst},
      {"`bad_requests`", limits.bad_requests},
      {"`header_bytes`", limits.header_bytes},
      {"`http_visitors`", limits.http_visitors},
      {"`http_visitors_per_address`", limits.http_visitors_per_address},
      {"`connections_per_address`", limits.connections_per_address},
      {"`handshakes_per_second_per_address`", limits.handshakes_per_second_per_address},
      {"`failed_credentials_per_minute_per_address`",
       limits.failed_credentials_per_minute_per_address},
      {"`http_bytes`", limits.http_bytes},
      {"`memory`", limits.memory},
      {"`handshake_time`", seconds(limits.handshake_time)},
      {"`idle_time`", seconds(limits.idle_time)},
      {"`write_deadline`", seconds(limits.write_deadline)},
      {"`min_interval`", seconds(limits.min_interval)},
      {"`frame_bytes`", limits.frame_bytes},
      {"`trades_kept`", limits.trades_kept},
      {"`trades_memory`", limits.trades_memory},
  };
  std::map<std::string, std::int64_t> documented;
  for (const auto& row : table("Limits")) {
    auto digits = row.at(1);
    std::erase(digits, ',');
    documented[row.at(0)] = std::stoll(digits);
  }
  EXPECT_EQ(documented, defaults);
}

// A message whose keys changed, or that is missing on either side, is seen here.
TEST(ProtocolDocument, ExamplesOfMessagesHaveTheKeysThatTheEncodersWrite) {
  Shapes documented, written;
  for (const auto& example : examples()) {
    if (example.starts_with('[')) add_shapes(documented, example);
  }
  add_ticks(written);
  add_replies(written);
  EXPECT_EQ(documented, written);
}

TEST(ProtocolDocument, ExamplesOfRequestsAreAccepted) {
  RequestParser parser;
  std::set<std::size_t> kinds;
  for (const auto& example : examples()) {
    if (example.starts_with('[')) continue;
    const auto parsed = parser.parse(example);
    const auto* request = std::get_if<ClientRequest>(&parsed);
    ASSERT_NE(request, nullptr) << example << ": " << std::get<RequestError>(parsed).message;
    kinds.insert(request->what.index());
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<decltype(ClientRequest::what)>);
}

}  // namespace tickgate::gateway
