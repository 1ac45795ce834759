// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "schemas/tick.h"

namespace tickgate::feeds {

// What the venue does not give us of one instrument, channel by channel, and why: an answer for one
// of them says nothing of another. One thread.
class MissingChannels {
 public:
  // Asked at every tick.
  bool empty() const { return bits_ == 0; }
  bool has(schemas::Channel channel) const { return (bits_ & bit(channel)) != 0; }

  void set(schemas::Channel channel, std::string why) {
    bits_ |= bit(channel);
    why_[channel] = std::move(why);
  }
  // False: it was not missing.
  bool clear(schemas::Channel channel) {
    bits_ &= static_cast<std::uint8_t>(~bit(channel));
    return why_.erase(channel) > 0;
  }
  void clear() {
    bits_ = 0;
    why_.clear();
  }

  // For people: "trades are missing: refused: no; ticker is missing: asked again". A status has
  // little room for it: all that is missing comes first when the reasons are long, or are one.
  std::string text() const {
    std::string each, subjects, reasons;
    for (const auto& [channel, why] : why_) {
      const auto [subject, verb] = words(channel);
      append(each, "; ", fmt::format("{} {} missing: {}", subject, verb, why));
      append(subjects, ", ", subject);
      if (reasons.find(why) == std::string::npos) append(reasons, "; ", why);
    }
    const bool one_reason = why_.size() > 1 && reasons == why_.begin()->second;
    if (why_.size() < 2 || (!one_reason && each.size() <= kRoom)) return each;
    return fmt::format("{} are missing: {}", subjects, reasons);
  }

 private:
  static constexpr std::size_t kRoom =
      std::tuple_size_v<decltype(schemas::InstrumentStatus::note.bytes)>;

  static_assert(schemas::kChannelCount <= 8);
  static constexpr std::uint8_t bit(schemas::Channel channel) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(channel));
  }
  static std::pair<std::string_view, std::string_view> words(schemas::Channel channel) {
    if (channel == schemas::Channel::kTrade) return {"trades", "are"};
    if (channel == schemas::Channel::kQuote) return {"quotes", "are"};
    return {name(channel), "is"};
  }
  static void append(std::string& text, std::string_view between, std::string_view more) {
    if (!text.empty()) text += between;
    text += more;
  }

  std::uint8_t bits_ = 0;
  std::map<schemas::Channel, std::string> why_;
};

}  // namespace tickgate::feeds
