// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_market.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "schemas/text.h"

namespace tickgate::testing {
namespace {

std::string size_text(std::uint64_t units) {
  char text[32];
  std::snprintf(text, sizeof text, "%llu.%08llu",
                static_cast<unsigned long long>(units / 100'000'000),
                static_cast<unsigned long long>(units % 100'000'000));
  return text;
}

// The venue's clock is ours: who stamps all with one moment says that its data is ever older.
std::int64_t now_microseconds() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}
std::string time_text() {
  const auto now = now_microseconds();
  const std::time_t seconds = now / 1'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return fmt::format("{}.{:06}Z", std::string_view(text, size), now % 1'000'000);
}

constexpr std::uint64_t kAskSize = 250'000'000;

// Price and size as a checksum has them: no point, no leading zeros.
std::string digits(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '.'), text.end());
  return text.substr(std::min(text.find_first_not_of('0'), text.size()));
}

}  // namespace

FakeMarket::FakeMarket(Dialect dialect, std::string pair, std::int64_t base)
    : dialect_(dialect), pair_(std::move(pair)), base_(base) {
  bid_sizes_.fill(0);
  for (auto& size : bid_sizes_) size = ++updates_;
}

std::string FakeMarket::venue_symbol() const {
  switch (dialect_) {
    case Dialect::kKraken:
      return absl::StrReplaceAll(pair_, {{"-", "/"}});
    case Dialect::kBinance:
      return absl::StrReplaceAll(pair_, {{"-", ""}});
    case Dialect::kCoinbase:
      break;
  }
  return pair_;
}

std::string FakeMarket::bid_text(int level) const { return fmt::format("{}.9", base_ - level); }
std::string FakeMarket::ask_text(int level) const { return fmt::format("{}.0", base_ + 1 + level); }

std::uint32_t FakeMarket::checksum() const {
  std::string text;
  for (int i = 0; i < kLevels; ++i) text += digits(ask_text(i)) + digits(size_text(kAskSize));
  for (int i = 0; i < kLevels; ++i) {
    text += digits(bid_text(i)) + digits(size_text(bid_sizes_[static_cast<std::size_t>(i)]));
  }
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

std::string FakeMarket::kraken_book(std::string_view type, std::string_view bids,
                                    std::string_view asks, bool wrong_checksum) const {
  return fmt::format(
      R"({{"channel":"book","type":"{}","data":[{{"symbol":"{}","bids":[{}],"asks":[{}])"
      R"(,"checksum":{},"timestamp":"{}"}}]}})",
      type, venue_symbol(), bids, asks, checksum() ^ (wrong_checksum ? 1U : 0U), time_text());
}

std::string FakeMarket::update(std::uint64_t& sequence, bool wrong_checksum) {
  ++updates_;
  bid_sizes_[static_cast<std::size_t>(updates_ % kLevels)] = updates_;
  return newest(sequence, wrong_checksum);
}

std::string FakeMarket::newest(std::uint64_t& sequence, bool wrong_checksum) const {
  const int level = static_cast<int>(updates_ % kLevels);
  const auto price = bid_text(level);
  const auto size = size_text(updates_);
  switch (dialect_) {
    case Dialect::kKraken:
      return kraken_book("update", fmt::format(R"({{"price":{},"qty":{}}})", price, size), "",
                         wrong_checksum);
    case Dialect::kBinance:
      return fmt::format(R"({{"stream":"{}@depth@100ms","data":{{"e":"depthUpdate","E":{})"
                         R"(,"s":"{}","U":{},"u":{},"b":[["{}","{}"]],"a":[]}}}})",
                         absl::AsciiStrToLower(venue_symbol()), now_microseconds() / 1'000,
                         venue_symbol(), updates_, updates_, price, size);
    case Dialect::kCoinbase:
      break;
  }
  return fmt::format(R"({{"channel":"l2_data","timestamp":"{}","sequence_num":{})"
                     R"(,"events":[{{"type":"update","product_id":"{}","updates":[{{"side":"bid")"
                     R"(,"event_time":"{}","price_level":"{}","new_quantity":"{}"}}]}}]}})",
                     time_text(), sequence++, pair_, time_text(), price, size);
}

std::string FakeMarket::snapshot(std::uint64_t& sequence, int far_levels) const {
  std::vector<std::string> bids, asks;
  const auto add = [&](std::vector<std::string>& to, std::string_view side,
                       const std::string& price, std::uint64_t size) {
    const auto text = size_text(size);
    if (dialect_ == Dialect::kKraken) {
      to.push_back(fmt::format(R"({{"price":{},"qty":{}}})", price, text));
    } else if (dialect_ == Dialect::kBinance) {
      to.push_back(fmt::format(R"(["{}","{}"])", price, text));
    } else {
      to.push_back(
          fmt::format(R"({{"side":"{}","event_time":"{}","price_level":"{}","new_quantity":"{}"}})",
                      side, time_text(), price, text));
    }
  };
  for (int i = 0; i < kLevels; ++i) {
    add(bids, "bid", bid_text(i), bid_sizes_[static_cast<std::size_t>(i)]);
    add(asks, "offer", ask_text(i), kAskSize);
  }
  for (int i = 1; i <= far_levels; ++i) {
    char price[32];
    std::snprintf(price, sizeof price, "0.%07d", i);
    add(bids, "bid", price, 100);
  }
  const auto bid_list = absl::StrJoin(bids, ","), ask_list = absl::StrJoin(asks, ",");
  switch (dialect_) {
    case Dialect::kKraken:
      return kraken_book("snapshot", bid_list, ask_list, false);
    case Dialect::kBinance:
      return fmt::format(R"({{"lastUpdateId":{},"bids":[{}],"asks":[{}]}})", updates_, bid_list,
                         ask_list);
    case Dialect::kCoinbase:
      break;
  }
  return fmt::format(R"({{"channel":"l2_data","timestamp":"{}","sequence_num":{})"
                     R"(,"events":[{{"type":"snapshot","product_id":"{}","updates":[{},{}]}}]}})",
                     time_text(), sequence++, pair_, bid_list, ask_list);
}

std::vector<std::string> kraken_acknowledgements(std::string_view request,
                                                 const std::vector<std::string>& refused) {
  std::vector<std::string> out;
  const auto channel = member_text(request, "channel");
  const auto id_at = request.find(R"("req_id":)");
  const auto id = request.substr(id_at + 9, request.find('}', id_at) - id_at - 9);
  for (const auto& symbol : member_texts(request, "symbol")) {
    if (std::find(refused.begin(), refused.end(), symbol) != refused.end()) {
      out.push_back(fmt::format(
          R"({{"error":"Currency pair not supported {}","method":"subscribe","req_id":{})"
          R"(,"success":false,"symbol":"{}"}})",
          symbol, id, symbol));
    } else {
      out.push_back(
          fmt::format(R"({{"method":"subscribe","req_id":{},"result":{{"channel":"{}","depth":25)"
                      R"(,"snapshot":true,"symbol":"{}"}},"success":true}})",
                      id, channel, symbol));
    }
  }
  return out;
}

std::string coinbase_acknowledgement(const std::vector<std::string>& channels,
                                     const std::vector<std::string>& products,
                                     std::uint64_t& sequence) {
  std::vector<std::string> lists;
  for (const auto& channel : channels) {
    lists.push_back(fmt::format(R"("{}":["{}"])", channel, absl::StrJoin(products, "\",\"")));
  }
  return fmt::format(R"({{"channel":"subscriptions","timestamp":"{}","sequence_num":{})"
                     R"(,"events":[{{"subscriptions":{{{}}}}}]}})",
                     time_text(), sequence++, absl::StrJoin(lists, ","));
}

std::string heartbeat(Dialect dialect, std::uint64_t& sequence) {
  if (dialect == Dialect::kKraken) return R"({"channel":"heartbeat"})";
  if (dialect == Dialect::kBinance) return {};
  return fmt::format(R"({{"channel":"heartbeats","timestamp":"{}","sequence_num":{})"
                     R"(,"events":[{{"current_time":"now","heartbeat_counter":1}}]}})",
                     time_text(), sequence++);
}

std::string member_text(std::string_view json, std::string_view key) {
  const auto at = json.find(fmt::format(R"("{}":")", key));
  if (at == std::string_view::npos) return {};
  const auto begin = at + key.size() + 4;
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

std::vector<std::string> member_texts(std::string_view json, std::string_view key) {
  const auto at = json.find(fmt::format(R"("{}":[)", key));
  if (at == std::string_view::npos) return {};
  const auto begin = at + key.size() + 4;
  auto list = json.substr(begin, json.find(']', begin) - begin);
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto first = list.find('"');
    if (first == std::string_view::npos) break;
    const auto last = list.find('"', first + 1);
    out.emplace_back(list.substr(first + 1, last - first - 1));
    list.remove_prefix(last + 1);
  }
  return out;
}

}  // namespace tickgate::testing
