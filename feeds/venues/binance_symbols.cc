// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/binance_symbols.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "feeds/adapter/name_text.h"
#include "fmt/format.h"
#include "schemas/json.h"
#include "schemas/text.h"

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

std::string parameter_of(std::string_view url, std::string_view name) {
  const auto question = url.find('?');
  if (question == url.npos) return {};
  for (const auto parameter : absl::StrSplit(schemas::to_absl(url.substr(question + 1)), '&')) {
    const std::string_view text(parameter.data(), parameter.size());
    const auto equals = text.find('=');
    if (equals != text.npos && text.substr(0, equals) == name)
      return percent_decoded(text.substr(equals + 1)).value_or("");
  }
  return {};
}

std::size_t limit_of(std::string_view url) {
  std::size_t limit = 0;
  return absl::SimpleAtoi(parameter_of(url, "limit"), &limit) ? limit : 100;
}

std::string symbols_parameter(std::span<const std::string_view> symbols) {
  std::string list = "[";
  for (const auto symbol : symbols) {
    schemas::append_json_string(list.append(list.size() > 1 ? "," : ""), symbol);
  }
  return percent_encoded(list.append("]"));
}

std::vector<std::string> symbols_named(std::string_view url) {
  std::vector<std::string> symbols;
  const auto list = parameter_of(url, "symbols");
  for (std::size_t begin = list.find('"'); begin != list.npos; begin = list.find('"', begin)) {
    const auto end = list.find('"', begin + 1);
    if (end == list.npos) break;
    symbols.push_back(list.substr(begin + 1, end - begin - 1));
    begin = end + 1;
  }
  return symbols;
}

}  // namespace tickgate::feeds::binance
