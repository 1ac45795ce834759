// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// How Binance spells its symbols and its addresses.
namespace tickgate::feeds::binance {

// Four streams a symbol, 1,024 a connection.
inline constexpr std::size_t kStreamsPerSymbol = 4;
inline constexpr std::size_t kMostSymbols = 1024 / kStreamsPerSymbol;

// "BTC-USDT" -> "BTCUSDT".
std::string venue_symbol(std::string_view pair);
// The other way by the longest known quote at the end, for replays without an exchangeInfo;
// nullopt when none fits.
std::optional<std::string> guess_pair(std::string_view venue_symbol);

// The combined streams of these venue symbols. `base` is "wss://host[:port][/path]", or empty for
// the venue's own.
std::string stream_url(std::string_view base, std::span<const std::string> venue_symbols);
// `base` is "https://host[:port]", or empty for the venue's own.
std::string depth_url(std::string_view base, std::string_view venue_symbol, std::size_t limit);
std::string exchange_info_url(std::string_view base, std::span<const std::string> venue_symbols);

// Which request a target was; `symbol` for a depth's.
enum class Resource : unsigned char { kDepth, kExchangeInfo, kOther };
struct Target {
  Resource resource = Resource::kOther;
  std::string_view symbol;
};
Target parse_target(std::string_view url);

}  // namespace tickgate::feeds::binance
