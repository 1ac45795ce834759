// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/publish/sequence_memory.h"
#include "schemas/ids.h"
#include "schemas/interval.h"
#include "schemas/text.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// The last that was published of an instrument's trades.
struct LastTrade {
  std::uint64_t number = 0;             // 0: nothing was
  std::optional<schemas::Trade> trade;  // nullopt: it was a gap, or what it was is not known
};

// What the streams hold, as far as whoever begins to lead counts on from it.
struct ClusterNumbers {
  struct OfSymbol {
    SequenceMemory::Numbers numbers;  // of state ticks and bars
    LastTrade last;
    bool served = false;  // there is an instrument's object, and it is not removed
  };

  std::string epoch;         // of the object with the greatest fence; empty: there is none
  std::uint64_t fence = 0;   // that one's
  std::uint64_t values = 0;  // objects in the stream of last values
  schemas::TextMap<OfSymbol> symbols;
};

// One object that an ingest has published, as far as another one reads it.
struct StoredWord {
  enum class Kind : std::uint8_t { kState, kBar, kTrade, kGap, kInstrument, kOther };

  Kind kind = Kind::kOther;
  schemas::Channel channel{};    // of a state
  schemas::Interval interval{};  // of a bar
  std::string symbol;            // of all but kOther
  std::string epoch;
  std::uint64_t fence = 0;
  std::uint64_t number = 0;  // of a gap: of the last trade in it
  std::uint64_t ordinal = 0;
  bool removed = false;
  schemas::Trade trade;  // its header has times and no more
};

struct AskedBook {
  std::string symbol;
  std::uint32_t depth = 0;
};
struct AskedBars {
  std::string symbol;
  schemas::Interval interval{};
};
struct WantedBars {
  std::vector<std::pair<std::string, schemas::Interval>> series;
};

// Reads what comes from NATS: anything. One thread's.
class WordReader {
 public:
  static constexpr std::size_t kMostSeries = 2'000;  // of one message
  static constexpr std::uint32_t kMostDepth = 100'000;

  WordReader();
  ~WordReader();
  WordReader(const WordReader&) = delete;
  WordReader& operator=(const WordReader&) = delete;

  // nullopt: it is nothing that an ingest says.
  std::optional<StoredWord> stored(std::string_view text);
  std::optional<AskedBook> asked_book(std::string_view text);
  std::optional<AskedBars> asked_bars(std::string_view text);
  // Of a list that has more than kMostSeries, the first of them; what is unreadable is left out.
  std::optional<WantedBars> wanted_bars(std::string_view text);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

// One object more. Of two epochs the one with the greater fence holds, and of the other one only
// which instruments there are.
void merge(const StoredWord& word, ClusterNumbers& numbers);

}  // namespace tickgate::feeds
