// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/binance_symbols.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "feeds/adapter/json_reader.h"
#include "fmt/format.h"

namespace tickgate::feeds::binance {

std::string venue_symbol(std::string_view pair) {
  std::string out;
  for (const char c : pair) {
    if (c != '-') out.push_back(absl::ascii_toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

// The longest quote that fits counts: FDUSD before USD.
std::string guess_pair(std::string_view venue_symbol) {
  static constexpr std::string_view kQuotes[] = {
      "FDUSD", "RLUSD", "BFUSD", "USDT", "USDC", "USD1", "USDE", "USDP", "USDS", "TUSD",
      "BUSD",  "XUSD",  "EURI",  "AEUR", "BIDR", "BVND", "IDRT", "DOGE", "TRY",  "EUR",
      "BRL",   "GBP",   "AUD",   "JPY",  "MXN",  "ARS",  "COP",  "CZK",  "PLN",  "RON",
      "UAH",   "ZAR",   "NGN",   "RUB",  "IDR",  "DAI",  "PAX",  "VAI",  "BTC",  "ETH",
      "BNB",   "SOL",   "XRP",   "TRX",  "DOT",  "UST",  "USD",  "U"};
  for (const auto quote : kQuotes) {
    if (venue_symbol.size() > quote.size() && venue_symbol.ends_with(quote)) {
      return fmt::format("{}-{}", venue_symbol.substr(0, venue_symbol.size() - quote.size()),
                         quote);
    }
  }
  return {};
}

std::string_view value_in(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto parameter = query.substr(0, query.find('&'));
    if (parameter.starts_with(name)) return parameter.substr(name.size());
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
  }
  return {};
}

std::size_t limit_in(std::string_view query) {
  JsonReader reader;
  const auto limit = reader.count(value_in(query, "limit="), "limit");
  return reader.ok() ? static_cast<std::size_t>(limit) : 100;
}

}  // namespace tickgate::feeds::binance
