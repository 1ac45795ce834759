// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/quarantine.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {
namespace {

// What stands in front of the number is as much worth as what follows.
constexpr std::size_t kBefore = Quarantine::kMostText / 2;
constexpr std::size_t kCharacter = 4;  // bytes, at most
constexpr std::string_view kCut = "...";

constexpr bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

// The venue's words are no part of it: they may number a connection's messages.
bool is_same(const QuarantinedTick& one, const QuarantinedTick& other) {
  const std::chrono::microseconds apart(other.time.value() - one.time.value());
  return std::chrono::abs(apart) <= Quarantine::kSameTick && one.channel == other.channel &&
         one.reason == other.reason && one.price == other.price && one.symbol == other.symbol;
}

std::string hex(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  const auto shown = bytes.substr(0, Quarantine::kMostBinary);
  std::string out;
  out.reserve(2 * shown.size() + kCut.size());
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(kDigits[byte >> 4U]);
    out.push_back(kDigits[byte & 15U]);
  }
  if (shown.size() < bytes.size()) out.append(kCut);
  return out;
}

}  // namespace

// Of equal ones the n-th that one has seen is the n-th that another has.
bool Quarantine::add(QuarantinedTick tick, Witness witness) {
  const std::scoped_lock lock(mutex_);
  for (Kept& kept : kept_) {
    if (!is_same(kept.tick, tick) || std::ranges::count(kept.seen_by, witness) > 0) continue;
    kept.seen_by.push_back(witness);
    return false;
  }
  if (kept_.size() == kMost) kept_.pop_front();
  kept_.push_back({std::move(tick), {witness}});
  return true;
}

void Quarantine::remove(std::string_view symbol) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(kept_, [symbol](const Kept& one) { return one.tick.symbol == symbol; });
}

std::vector<QuarantinedTick> Quarantine::newest() const {
  std::vector<QuarantinedTick> ticks;
  ticks.reserve(kMost);
  const std::scoped_lock lock(mutex_);
  for (auto kept = kept_.rbegin(); kept != kept_.rend(); ++kept) ticks.push_back(kept->tick);
  return ticks;
}

std::vector<QuarantinedTick> Quarantine::newest_of(std::string_view symbol,
                                                   std::size_t most) const {
  std::vector<QuarantinedTick> ticks;
  const std::scoped_lock lock(mutex_);
  for (auto kept = kept_.rbegin(); kept != kept_.rend() && ticks.size() < most; ++kept) {
    if (kept->tick.symbol == symbol) ticks.push_back(kept->tick);
  }
  return ticks;
}

// A secret is looked for in a part that is larger than what is kept by one on each side, so that
// none is cut in two and shown by halves. Where one is found, the message is kept from its start.
std::string excerpt(const RawMessage& message, std::string_view number,
                    const Credentials& credentials) {
  if (message.is_binary) return hex(message.bytes);
  const auto bytes = message.bytes;
  const auto longest =
      std::max(credentials.key.reveal().size(), credentials.secret.reveal().size());
  std::size_t from = 0;
  if (bytes.size() > Quarantine::kMostText && !number.empty()) {
    const auto found = bytes.find(number);
    if (found != bytes.npos && found > kBefore) from = found - kBefore;
  }
  const auto part = [&](std::size_t at) {
    return bytes.substr(at, Quarantine::kMostText + kCharacter + 2 * longest);
  };
  const auto margin = std::min(from, longest);
  auto text = without_credentials(part(from - margin), credentials);
  if (text == part(from - margin)) {
    text.erase(0, margin);
  } else {
    from = 0;
    text = without_credentials(part(0), credentials);
    if (part(0).size() < bytes.size()) text.resize(text.size() - std::min(text.size(), longest));
  }
  std::size_t first = 0;
  while (from > 0 && first < text.size() && continues_character(text[first])) ++first;
  std::size_t last = std::min(text.size(), Quarantine::kMostText);
  while (last < text.size() && last > first && continues_character(text[last])) --last;
  const bool is_cut = last < text.size() || from + text.size() < bytes.size();
  std::string out(from > 0 ? kCut : std::string_view());
  out.append(text, first, last - first);
  if (is_cut) out.append(kCut);
  return out;
}

}  // namespace tickgate::feeds
