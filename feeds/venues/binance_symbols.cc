// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/binance_symbols.h"

#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "schemas/json.h"
#include "schemas/text.h"

namespace tickgate::feeds::binance {
namespace {

// %XX is a byte; what is no such thing stays.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        absl::SimpleHexAtoi(schemas::to_absl(text.substr(i + 1, 2)), &byte)) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace

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

std::string in_url(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = absl::ascii_isalnum(byte) || std::string_view("-._~").find(c) != text.npos;
    if (plain) {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", byte);
    }
  }
  return out;
}

std::string parameter_of(std::string_view url, std::string_view name) {
  const auto question = url.find('?');
  if (question == url.npos) return {};
  for (const auto parameter : absl::StrSplit(schemas::to_absl(url.substr(question + 1)), '&')) {
    const std::string_view text(parameter.data(), parameter.size());
    const auto equals = text.find('=');
    if (equals != text.npos && text.substr(0, equals) == name)
      return decoded(text.substr(equals + 1));
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
  return in_url(list.append("]"));
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
