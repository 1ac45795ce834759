// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/subject.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "schemas/check.h"
#include "schemas/instrument.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

using schemas::to_absl;

constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr std::size_t kMostPrefixBytes = 64;

// By Topic.
constexpr std::array<std::string_view, 12> kWords = {
    "quote", "book",      "ticker", "status",   "bar",      "instrument",
    "trade", "heartbeat", "venues", "ask.book", "ask.bars", "want.bars"};

std::string_view word(Topic topic) { return kWords.at(static_cast<std::size_t>(topic)); }

bool names_an_instrument(Topic topic) { return topic < Topic::kHeartbeat; }

bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// The text before the first `end`, which is taken off with it; all of it where there is none.
std::string_view take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  const auto taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return taken;
}

// "*" stays one of all tokens.
std::string pattern_token(std::string_view text) {
  return text == "*" ? std::string(text) : escape_token(text);
}

// "VENUE:PAIR" as two tokens.
std::string symbol_tokens(std::string_view symbol) {
  if (symbol == "*") return "*.*";
  const auto venue = take_until(symbol, ':');
  return absl::StrCat(pattern_token(venue), ".", pattern_token(symbol));
}

}  // namespace

std::string escape_token(std::string_view text) {
  if (text.empty()) return "=";
  std::string token;
  token.reserve(text.size());
  for (const char c : text) {
    if (is_plain(c)) {
      token += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      token += {'=', kHexDigits[byte >> 4U], kHexDigits[byte & 15U]};
    }
  }
  return token;
}

std::optional<std::string> unescape_token(std::string_view token) {
  if (token == "=") return std::string();
  if (token.empty()) return std::nullopt;
  std::string text;
  text.reserve(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '=') {
      if (!is_plain(token[i])) return std::nullopt;
      text += token[i];
      continue;
    }
    if (i + 2 >= token.size()) return std::nullopt;
    const auto high = kHexDigits.find(token[i + 1]), low = kHexDigits.find(token[i + 2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    const auto c = static_cast<char>(static_cast<unsigned char>(high * 16 + low));
    if (is_plain(c)) return std::nullopt;  // one text has one token
    text += c;
    i += 2;
  }
  return text;
}

absl::Status Subjects::check_prefix(std::string_view prefix) {
  const auto refuse = [&](const char* why) {
    return absl::InvalidArgumentError(
        absl::StrCat("a subject prefix is words of A-Z, a-z, 0-9, '_' and '-' with dots between, ",
                     why, ": \"", to_absl(prefix), "\""));
  };
  if (prefix.size() > kMostPrefixBytes) return refuse("at most 64 bytes long");
  if (prefix.empty() || prefix.back() == '.') return refuse("none of them empty");
  while (!prefix.empty()) {
    const auto part = take_until(prefix, '.');
    if (part.empty()) return refuse("none of them empty");
    if (!std::all_of(part.begin(), part.end(), is_plain)) return refuse("no other character");
  }
  return absl::OkStatus();
}

Subjects::Subjects(std::string_view prefix) : prefix_(prefix), name_(prefix) {
  TICKGATE_CHECK(check_prefix(prefix).ok());
  for (char& c : name_) {
    if (c == '.') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
}

std::string Subjects::of(Topic topic, std::string_view symbol) const {
  TICKGATE_CHECK(names_an_instrument(topic) && topic != Topic::kBar);
  return absl::StrCat(prefix_, ".", to_absl(word(topic)), ".", symbol_tokens(symbol));
}

std::string Subjects::bars(std::string_view symbol,
                           std::optional<schemas::Interval> interval) const {
  return absl::StrCat(prefix_, ".", to_absl(word(Topic::kBar)), ".", symbol_tokens(symbol), ".",
                      interval ? to_absl(schemas::name(*interval)) : absl::string_view("*"));
}

std::string Subjects::bar(std::string_view symbol, schemas::Interval interval) const {
  return bars(symbol, interval);
}

std::string Subjects::of(Topic topic) const {
  TICKGATE_CHECK(!names_an_instrument(topic));
  return absl::StrCat(prefix_, ".", to_absl(word(topic)));
}

std::optional<Subject> Subjects::parse(std::string_view subject) const {
  if (subject.size() <= prefix_.size() || !subject.starts_with(prefix_) ||
      subject[prefix_.size()] != '.') {
    return std::nullopt;
  }
  subject.remove_prefix(prefix_.size() + 1);
  for (auto topic = Topic::kHeartbeat; topic <= Topic::kWantBars;
       topic = static_cast<Topic>(static_cast<int>(topic) + 1)) {
    if (subject == word(topic)) return Subject{topic, {}};
  }
  const auto* const found =
      std::find(kWords.begin(), kWords.begin() + static_cast<int>(Topic::kHeartbeat),
                take_until(subject, '.'));
  const auto topic = static_cast<Topic>(found - kWords.begin());
  if (!names_an_instrument(topic)) return std::nullopt;

  const auto venue = unescape_token(take_until(subject, '.'));
  const bool has_interval = subject.find('.') != std::string_view::npos;
  const auto pair = unescape_token(take_until(subject, '.'));
  if (!venue || !pair || has_interval != (topic == Topic::kBar)) return std::nullopt;
  Subject parsed{topic, absl::StrCat(*venue, ":", *pair)};
  if (!schemas::split_symbol(parsed.symbol)) return std::nullopt;
  if (topic == Topic::kBar) {
    parsed.interval = schemas::interval_from_name(subject);
    if (!parsed.interval) return std::nullopt;
  }
  return parsed;
}

std::vector<std::string> Subjects::last_subjects() const {
  std::vector<std::string> subjects;
  for (const auto topic : {Topic::kQuote, Topic::kBook, Topic::kTicker, Topic::kStatus, Topic::kBar,
                           Topic::kInstrument}) {
    subjects.push_back(absl::StrCat(prefix_, ".", to_absl(word(topic)), ".>"));
  }
  subjects.push_back(heartbeat());
  subjects.push_back(venues());
  return subjects;
}

std::vector<std::string> Subjects::trade_subjects() const {
  return {absl::StrCat(prefix_, ".", to_absl(word(Topic::kTrade)), ".>")};
}

Topic topic_of(schemas::Channel channel) {
  switch (channel) {
    case schemas::Channel::kQuote:
      return Topic::kQuote;
    case schemas::Channel::kTrade:
      return Topic::kTrade;
    case schemas::Channel::kBook:
      return Topic::kBook;
    case schemas::Channel::kTicker:
      return Topic::kTicker;
    case schemas::Channel::kStatus:
      return Topic::kStatus;
    case schemas::Channel::kBar:
      return Topic::kBar;
  }
  TICKGATE_CHECK(false);
}

std::optional<schemas::Channel> channel_of(Topic topic) {
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    const auto channel = static_cast<schemas::Channel>(i);
    if (topic_of(channel) == topic) return channel;
  }
  return std::nullopt;
}

}  // namespace tickgate::feeds
