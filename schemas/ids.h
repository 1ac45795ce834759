// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace tickgate::schemas {

// A number with a name. No implicit conversion; value() only at the edges (parse, print, index).
template <typename Tag, typename Rep>
class Strong {
 public:
  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  friend constexpr auto operator<=>(Strong, Strong) = default;  // NOLINT(*-nullptr): the 0 is std's

 private:
  Rep value_{};
};

// Dense, from 0, given by the InstrumentRegistry: an index into arrays.
using InstrumentId = Strong<struct InstrumentIdTag, std::uint32_t>;

// Ours, per instrument and channel: the first is 1, then +1 each. 0 means "none yet".
using SequenceNumber = Strong<struct SequenceNumberTag, std::uint64_t>;

// Microseconds since the Unix epoch. kNoTime where a venue gives none; a time is never made up.
using Timestamp = Strong<struct TimestampTag, std::int64_t>;
inline constexpr Timestamp kNoTime{INT64_MIN};

enum class Side : std::uint8_t { kBuy, kSell };

// What a client subscribes to.
enum class Channel : std::uint8_t { kQuote, kTrade, kBook, kTicker, kStatus, kBar };
inline constexpr std::size_t kChannelCount = 6;

// How a venue lets us prove that a book is whole (schemas/protocol.md, "book"). kOrder: nothing
// shows a lost update, but one connection delivers in order; kNone: not even that.
enum class Integrity : std::uint8_t { kNone, kOrder, kSequence, kChecksum };

// Of an instrument, as clients see it (schemas/protocol.md, "status").
enum class State : std::uint8_t { kLive, kStale, kRecovering, kHalted, kDown, kClosed };

// Why trades will never come (schemas/protocol.md, "gap"): our reader was slow, the venue's stream
// had a hole, or the feed began anew.
enum class GapReason : std::uint8_t { kSlowConsumer, kFeedGap, kFeedRestart };

std::string_view name(Side side);
std::string_view name(Channel channel);
std::string_view name(Integrity integrity);
std::string_view name(State state);
std::string_view name(GapReason reason);
std::optional<Channel> channel_from_name(std::string_view name);

}  // namespace tickgate::schemas

template <typename Tag, typename Rep>
struct std::hash<tickgate::schemas::Strong<Tag, Rep>> {
  std::size_t operator()(tickgate::schemas::Strong<Tag, Rep> id) const {
    return std::hash<Rep>()(id.value());
  }
};
