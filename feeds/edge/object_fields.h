// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tickgate::feeds {

// The members that are known, of all objects.
enum class Field : std::uint8_t {
  kType,
  kSymbol,
  kSeq,
  kTime,
  kReceived,
  kEpoch,
  kFence,
  kBid,
  kBidSize,
  kBidVenue,
  kAsk,
  kAskSize,
  kAskVenue,
  kPrice,
  kSize,
  kSide,
  kId,
  kIntegrity,
  kBids,
  kAsks,
  kLast,
  kOpen,
  kHigh,
  kLow,
  kClose,
  kVolume,
  kSince,
  kInterval,
  kStart,
  kTrades,
  kClosed,
  kCorrected,
  kComplete,
  kOrdinal,
  kState,
  kReason,
  kNote,
  kQuoteState,
  kQuoteSince,
  kQuoteReason,
  kChannel,
  kFrom,
  kTo,
  kSources,
  kRemoved,
  kIngest,
  kSteady,
  kVenues,
  kBars
};
inline constexpr std::array<std::string_view, 49> kFieldNames = {
    "type",   "symbol",   "seq",         "time",        "received",     "epoch",     "fence",
    "bid",    "bid_size", "bid_venue",   "ask",         "ask_size",     "ask_venue", "price",
    "size",   "side",     "id",          "integrity",   "bids",         "asks",      "last",
    "open",   "high",     "low",         "close",       "volume",       "since",     "interval",
    "start",  "trades",   "closed",      "corrected",   "complete",     "ordinal",   "state",
    "reason", "note",     "quote_state", "quote_since", "quote_reason", "channel",   "from",
    "to",     "sources",  "removed",     "ingest",      "steady",       "venues",    "bars"};
inline constexpr std::size_t kFieldCount = kFieldNames.size();
static_assert(static_cast<std::size_t>(Field::kBars) + 1 == kFieldCount);

// Names by a hash of their length and two characters, one probe after the other where they meet.
class FieldTable {
 public:
  constexpr FieldTable() {
    for (auto& place : places_) place = kNone;
    for (std::size_t i = 0; i < kFieldCount; ++i) {
      auto at = hash(kFieldNames[i]);
      while (places_[at] != kNone) at = (at + 1) % kPlaces;
      places_[at] = static_cast<std::uint8_t>(i);
    }
  }
  constexpr std::optional<Field> find(std::string_view name) const {
    if (name.empty()) return std::nullopt;
    for (auto at = hash(name); places_[at] != kNone; at = (at + 1) % kPlaces) {
      if (kFieldNames[places_[at]] == name) return static_cast<Field>(places_[at]);
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kPlaces = 256;
  static constexpr std::uint8_t kNone = UINT8_MAX;

  static constexpr std::size_t hash(std::string_view name) {
    const auto first = static_cast<unsigned char>(name.front());
    const auto last = static_cast<unsigned char>(name.back());
    return (first * 7U + last * 31U + name.size() * 5U) % kPlaces;
  }

  std::array<std::uint8_t, kPlaces> places_{};
};
inline constexpr FieldTable kFields;

}  // namespace tickgate::feeds
