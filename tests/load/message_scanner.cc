// SPDX-License-Identifier: Apache-2.0
#include "tests/load/message_scanner.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace tickgate::load {
namespace {

constexpr std::string_view kSequence = "\",\"seq\":";
constexpr std::string_view kReceived = ",\"received\":";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool starts(const char* at, const char* end, std::string_view text) {
  return static_cast<std::size_t>(end - at) >= text.size() &&
         std::memcmp(at, text.data(), text.size()) == 0;
}

const char* find(const char* at, const char* end, char wanted) {
  return static_cast<const char*>(std::memchr(at, wanted, static_cast<std::size_t>(end - at)));
}

std::uint64_t number(const char*& at, const char* end) {
  std::uint64_t value = 0;
  while (at < end && is_digit(*at)) value = value * 10 + static_cast<std::uint64_t>(*at++ - '0');
  return value;
}

static_assert(std::endian::native == std::endian::little);

// Eight digits in three multiplications: neighbours are added up to pairs, fours, eights. False
// when another character is among them.
bool eight_digits(const char* at, std::uint64_t& value) {
  std::uint64_t text = 0;
  std::memcpy(&text, at, sizeof text);
  constexpr std::uint64_t kHigh = 0xF0F0F0F0F0F0F0F0;
  const auto carried = (text + 0x0606060606060606) & kHigh;
  if (((text & kHigh) | carried >> 4U) != 0x3333333333333333) return false;
  text = (text & 0x0F0F0F0F0F0F0F0F) * (10 * 256 + 1) >> 8U;
  text = (text & 0x00FF00FF00FF00FF) * (100 * 65'536 + 1) >> 16U;
  value = (text & 0x0000FFFF0000FFFF) * (10'000 * (std::uint64_t{1} << 32U) + 1) >> 32U;
  return true;
}

// Of the object that ends at `close`, when the time is its last field; else 0.
std::int64_t received_before(const char* begin, const char* close) {
  // Microseconds have sixteen digits until the year 2286.
  constexpr std::ptrdiff_t kDigits = 16, kKey = kReceived.size();
  std::uint64_t high = 0, low = 0;
  if (close - begin >= kDigits + kKey && starts(close - kDigits - kKey, close, kReceived) &&
      eight_digits(close - kDigits, high) && eight_digits(close - kDigits / 2, low)) {
    return static_cast<std::int64_t>(high * 100'000'000 + low);
  }
  const char* at = close;
  while (at > begin && is_digit(at[-1])) --at;
  const auto size = static_cast<std::ptrdiff_t>(kReceived.size());
  if (at == close || at - begin < size || !starts(at - size, close, kReceived)) return 0;
  return static_cast<std::int64_t>(number(at, close));
}

// One behind the object that starts at `at`, or null when it does not end.
const char* end_of_object(const char* at, const char* end) {
  int depth = 0;
  bool in_string = false;
  for (; at < end; ++at) {
    if (in_string) {
      if (*at == '\\') {
        ++at;
      } else if (*at == '"') {
        in_string = false;
      }
    } else if (*at == '"') {
      in_string = true;
    } else if (*at == '{') {
      ++depth;
    } else if (*at == '}' && --depth == 0) {
      return at + 1;
    }
  }
  return nullptr;
}

// What stands behind `key` in the object, or an empty text.
std::string_view behind(std::string_view object, std::string_view key) {
  const auto at = object.find(key);
  return at == std::string_view::npos ? std::string_view() : object.substr(at + key.size());
}

}  // namespace

std::string_view MessageScanner::trade_id(const Update& update) {
  const auto id = behind(update.object, "\"id\":\"");
  return id.substr(0, id.find('"'));
}

MessageScanner::MessageScanner(std::string_view channel)
    : head_(std::string("{\"type\":\"").append(channel).append("\",\"symbol\":\"")),
      type_(std::string("\"type\":\"").append(channel).append("\"")) {}

void MessageScanner::begin(std::string_view message) {
  at_ = message.data();
  end_ = at_ + message.size();
  first_ = true;
}

MessageScanner::Item MessageScanner::next() {
  if (at_ == end_ || (first_ && *at_ != '[')) return Item::kBroken;
  if (*at_ == ']') return !first_ && at_ + 1 == end_ ? Item::kEnd : Item::kBroken;
  if (!first_ && *at_ != ',') return Item::kBroken;
  first_ = false;
  ++at_;
  if (take_update()) return Item::kUpdate;
  const char* const close = at_ < end_ && *at_ == '{' ? end_of_object(at_, end_) : nullptr;
  if (close == nullptr) return Item::kBroken;
  object_ = {at_, static_cast<std::size_t>(close - at_)};
  at_ = close;
  return look_for_fields() ? Item::kUpdate : Item::kOther;
}

bool MessageScanner::take_update() {
  if (!starts(at_, end_, head_)) return false;
  const char* const symbol = at_ + head_.size();
  const char* const quote = find(symbol, end_, '"');
  if (quote == nullptr || !starts(quote, end_, kSequence)) return false;
  const char* at = quote + kSequence.size();
  update_.sequence = number(at, end_);
  const char* const close = find(at, end_, '}');
  if (close == nullptr) return false;
  // No text can hold the time's key with its quotes, so this brace closes an object; and it is
  // this one, if no other begins before it.
  update_.received = received_before(at, close);
  if (update_.received == 0 || find(at, close, '{') != nullptr) return false;
  update_.symbol = {symbol, static_cast<std::size_t>(quote - symbol)};
  update_.object = {at_, static_cast<std::size_t>(close + 1 - at_)};
  at_ = close + 1;
  return true;
}

bool MessageScanner::look_for_fields() {
  if (object_.find(type_) == std::string_view::npos) return false;
  const auto symbol = behind(object_, "\"symbol\":\"");
  const auto sequence = behind(object_, "\"seq\":");
  const auto received = behind(object_, "\"received\":");
  if (symbol.empty() || sequence.empty()) return false;
  update_.object = object_;
  update_.symbol = symbol.substr(0, symbol.find('"'));
  const char* at = sequence.data();
  update_.sequence = number(at, at + sequence.size());
  at = received.data();
  update_.received = static_cast<std::int64_t>(number(at, at + received.size()));
  return true;
}

}  // namespace tickgate::load
