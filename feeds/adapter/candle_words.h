// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/candles.h"
#include "feeds/adapter/json_walk.h"
#include "feeds/adapter/venue_time.h"

namespace tickgate::feeds {

// What is asked for at once: bars that begin at `from` or later, and before `to`.
struct CandlePage {
  std::string_view symbol;  // the venue's
  schemas::Interval interval{};
  schemas::Timestamp from, to;
};

// What stands in an answer, as it stands there. Of a row that cannot be read the place is kept.
struct CandleRows {
  std::vector<std::optional<Candle>> rows;
  std::string detail;  // of the first that could not be read

  // The scalars of a row become a candle by `make(tokens, reader) -> Candle`.
  template <typename Tokens, typename Make>
  void add(const Tokens& tokens, JsonReader of_row, Make&& make) {
    const Candle candle = make(tokens, of_row);
    rows.push_back(of_row.ok() ? std::optional(candle) : std::nullopt);
    if (!of_row.ok() && detail.empty()) detail = of_row.detail();
  }
};

// How a venue is asked for its candles over REST, and what it answers. Constant data of its files.
struct CandleWords {
  std::string_view mark;     // in the URL of each question, and in no other
  std::size_t rows = 0;      // at most so many in an answer; 0: all that there are come at once
  std::uint32_t weight = 1;  // of a question
  // Of which of the venue's intervals each of ours is made: itself, a shorter one, or none.
  std::array<std::optional<schemas::Interval>, schemas::kIntervalCount> made_of{};
  // Path and query.
  std::string (*target)(const CandlePage& page) = nullptr;
  // What is wrong with the whole goes to `reader`: then the rows mean nothing.
  void (*read)(std::string_view body, schemas::Interval interval, JsonDocument& document,
               CandleRows& out, JsonReader& reader) = nullptr;
};

// ["3802.90",1,"0.6",...]: the first N scalars; fewer leave the rest empty.
template <std::size_t N>
bool read_row(JsonValue& from, std::array<std::string_view, N>& tokens, JsonReader& reader) {
  std::size_t count = 0;
  return walk_elements(from, reader, "row", [&](JsonValue& item) {
    if (count < N) tokens[count] = json_token(item);
    ++count;
    return true;
  });
}

// When a bar begins: a Unix time, whose size tells its unit.
inline schemas::Timestamp candle_start(std::string_view token, JsonReader& reader) {
  const auto start = parse_unix_time(unquoted(token));
  if (!start) reader.fail("start", token);
  return start.value_or(schemas::kNoTime);
}

// The numbers of a bar, as they stand in a row; each venue has them in its own order.
struct CandleTokens {
  std::string_view start, open, high, low, close, volume;
};
inline Candle read_candle(const CandleTokens& tokens, JsonReader& reader) {
  Candle candle;
  candle.start = candle_start(tokens.start, reader);
  candle.open = reader.price(tokens.open, "open");
  candle.high = reader.price(tokens.high, "high");
  candle.low = reader.price(tokens.low, "low");
  candle.close = reader.price(tokens.close, "close");
  candle.volume = reader.size(tokens.volume, "volume");
  return candle;
}

}  // namespace tickgate::feeds
