// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "schemas/ids.h"

namespace tickgate::feeds {

// Why a tick cannot be right, and is not served as a price. The names are metric label values.
enum class Implausible : std::uint8_t {
  kCrossedQuote,  // best bid >= best ask, in one message
  kCrossedBook,   // the same, of the book that its messages make
  kBadPrice,      // zero or negative
  kBadSize,       // negative, or of a trade zero
  kOffMedian,     // far from what the instrument has cost in the last minute
};
inline constexpr std::size_t kImplausibleCount = 5;
std::string_view name(Implausible reason);

// The same of one number of a message, a view into it.
struct Flaw {
  Implausible reason{};
  std::string_view number;
};

// One such tick, as whoever found it tells of it. Views live during the call.
struct ImplausibleTick {
  schemas::InstrumentId instrument;
  schemas::Channel channel{};
  Implausible reason{};
  std::string_view price;      // the number that is wrong, as the venue wrote it
  std::string_view reference;  // what it was held against; empty: nothing
};

}  // namespace tickgate::feeds
