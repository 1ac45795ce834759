// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/binance/addresses.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "schemas/text.h"

namespace tickgate::feeds::binance {
namespace {

using schemas::to_absl;

constexpr std::string_view kStreamBase = "wss://stream.binance.com:9443";
constexpr std::string_view kRestBase = "https://api.binance.com";

std::string_view or_default(std::string_view base, std::string_view fallback) {
  if (base.empty()) return fallback;
  while (base.ends_with('/')) base.remove_suffix(1);
  return base;
}

}  // namespace

std::string venue_symbol(std::string_view pair) {
  std::string out;
  for (const char c : pair) {
    if (c != '-') out.push_back(absl::ascii_toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

std::optional<std::string> guess_pair(std::string_view venue_symbol) {
  // the longest that fits: FDUSD before USD-like ends
  static constexpr std::string_view kQuotes[] = {"FDUSD", "USDT", "USDC", "TUSD", "BUSD",
                                                 "TRY",   "EUR",  "BTC",  "ETH",  "BNB"};
  for (const auto quote : kQuotes) {
    if (venue_symbol.size() > quote.size() && venue_symbol.ends_with(quote)) {
      const auto base = venue_symbol.substr(0, venue_symbol.size() - quote.size());
      return absl::StrCat(to_absl(base), "-", to_absl(quote));
    }
  }
  return std::nullopt;
}

std::string stream_url(std::string_view base, std::span<const std::string> venue_symbols) {
  std::string url(or_default(base, kStreamBase));
  if (!url.ends_with("/stream")) url.append("/stream");
  char separator = '?';
  for (const auto& symbol : venue_symbols) {
    const std::string lower = absl::AsciiStrToLower(symbol);
    for (const std::string_view stream : {"depth@100ms", "bookTicker", "trade", "ticker"}) {
      url.append(separator == '?' ? "?streams=" : "/").append(lower).append("@").append(stream);
      separator = '/';
    }
  }
  return url;
}

std::string depth_url(std::string_view base, std::string_view venue_symbol, std::size_t limit) {
  return absl::StrCat(to_absl(or_default(base, kRestBase)),
                      "/api/v3/depth?symbol=", to_absl(venue_symbol), "&limit=", limit);
}

std::string exchange_info_url(std::string_view base, std::span<const std::string> venue_symbols) {
  std::string url(or_default(base, kRestBase));
  url.append("/api/v3/exchangeInfo?symbols=%5B");
  std::string_view separator;
  for (const auto& symbol : venue_symbols) {
    url.append(separator).append("%22").append(symbol).append("%22");
    separator = "%2C";
  }
  return url.append("%5D");
}

Target parse_target(std::string_view url) {
  const auto question = url.find('?');
  const auto path = url.substr(0, question);
  if (path.ends_with("/api/v3/exchangeInfo")) return {Resource::kExchangeInfo, {}};
  if (!path.ends_with("/api/v3/depth") || question == std::string_view::npos) return {};
  Target target{Resource::kDepth, {}};
  for (auto query = url.substr(question + 1); !query.empty();) {
    const auto end = query.find('&');
    const auto parameter = query.substr(0, end);
    if (parameter.starts_with("symbol=")) target.symbol = parameter.substr(7);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
  }
  return target;
}

}  // namespace tickgate::feeds::binance
