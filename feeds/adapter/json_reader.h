// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "feeds/adapter/implausible.h"
#include "schemas/decimal.h"
#include "simdjson.h"

// Small helpers around simdjson's On-Demand parser, for the adapters. On-Demand walks a message
// once, so a value is taken as its token, a view into the frame, and read when its meaning is
// known. Views live as long as the frame. After an error other than NO_SUCH_FIELD nothing of the
// document may be touched again, not even to leave a loop by its end: simdjson forgets its parser.
namespace tickgate::feeds {

// What a step of a walk gave, where it is, once it is known to be no error. To copy it out with
// get() would read in one piece what was just stored in two, and wait for both stores.
template <typename T>
T& in_place(simdjson::simdjson_result<T>& result) {
  auto&& inner = std::move(result).value_unsafe();
  return inner;
}

// The scalar as sent: 1.50 or "1.50" with its quotes, true, null. '{' or '[' for what is none.
// simdjson's own token may carry the white space behind it; this does not.
inline std::string_view json_token(simdjson::ondemand::value value) {
  std::string_view token = value.raw_json_token();
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

// A string's inside, escapes left as they are; another token as it is.
inline std::string_view unquoted(std::string_view token) {
  if (token.size() >= 2 && token.front() == '"' && token.back() == '"') {
    return token.substr(1, token.size() - 2);
  }
  return token;
}

// Reads the tokens of one message and keeps the first thing that was wrong, so that a decoder
// reads on and asks once at the end. What it returns after a failure means nothing.
class JsonReader {
 public:
  bool ok() const { return what_.empty(); }
  // `what` is a constant text: the field's name, or the sentence about it.
  void fail(std::string_view what, std::string_view token) {
    if (!ok()) return;
    what_ = what.empty() ? "message" : what;
    token_ = token;
  }
  // Likewise, of a number that is one, but cannot be what it stands for.
  void fail(std::string_view what, std::string_view token, Implausible why) {
    if (ok()) implausible_ = why;
    fail(what, token);
  }
  // Why, if it was a number like that which failed; and the number.
  const std::optional<Implausible>& implausible() const { return implausible_; }
  std::string_view token() const { return token_; }
  // Whether simdjson went well; notes it when not.
  bool check(simdjson::error_code error, std::string_view what) {
    if (error == simdjson::SUCCESS) [[likely]]
      return true;
    fail(what, simdjson::error_message(error));
    return false;
  }
  // `price: "-1.5"`, the text cut at 100 bytes.
  std::string detail() const {
    constexpr std::size_t kLongest = 100;
    std::string out(what_);
    out.append(": ").append(token_.empty() ? "missing" : token_.substr(0, kLongest));
    if (token_.size() > kLongest) out.append("...");
    return out;
  }

  // A string that says something.
  std::string_view text(std::string_view token, std::string_view what) {
    if (token.size() < 3 || token.front() != '"') [[unlikely]]
      fail(what, token);
    return unquoted(token);
  }
  // Of a string or a bare number, exact, with the digits that were sent.
  schemas::Decimal decimal(std::string_view token, std::string_view what) {
    const auto value = schemas::parse_decimal(unquoted(token));
    if (value) [[likely]]
      return *value;
    fail(what, token);
    return {};
  }
  // Zero is allowed: a quote's empty side.
  schemas::Price price_or_zero(std::string_view token, std::string_view what) {
    const auto value = decimal(token, what);
    if (value.is_negative()) [[unlikely]]
      fail(what, token, Implausible::kBadPrice);
    return schemas::Price{value};
  }
  schemas::Price price(std::string_view token, std::string_view what) {
    const auto value = decimal(token, what);
    if (value.is_negative() || value.is_zero()) [[unlikely]]
      fail(what, token, Implausible::kBadPrice);
    return schemas::Price{value};
  }
  schemas::Quantity size(std::string_view token, std::string_view what) {
    const auto value = decimal(token, what);
    if (value.is_negative()) [[unlikely]]
      fail(what, token, Implausible::kBadSize);
    return schemas::Quantity{value};
  }
  // Of a trade: nobody trades nothing.
  schemas::Quantity size_of_trade(std::string_view token, std::string_view what) {
    const auto value = size(token, what);
    if (value.value().is_zero()) [[unlikely]]
      fail(what, token, Implausible::kBadSize);
    return value;
  }
  // A whole number from 0 to 2^64-1, bare or in quotes, of 20 digits at most: as a text it is an
  // id, which zeros in front of it would push out of its room.
  std::uint64_t count(std::string_view token, std::string_view what) {
    const auto digits = unquoted(token);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    if (!whole || digits.size() > kLongestCount) [[unlikely]]
      fail(what, token);
    return value;
  }
  bool flag(std::string_view token, std::string_view what) {
    if (token == "true") return true;
    if (token != "false") [[unlikely]]
      fail(what, token);
    return false;
  }

 private:
  static constexpr std::size_t kLongestCount = 20;

  std::string_view what_;
  std::string_view token_;
  std::optional<Implausible> implausible_;
};

}  // namespace tickgate::feeds
