// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/stored_words.h"

#include <algorithm>

#include "schemas/decimal.h"
#include "schemas/instrument.h"
#include "simdjson.h"

namespace tickgate::feeds {

using schemas::Channel;
using schemas::Timestamp;
using simdjson::dom::element;
using Kind = StoredWord::Kind;

namespace {

constexpr std::size_t kLongestEpoch = 64;
// So that no number that is counted on from it comes near the end of all numbers.
constexpr std::uint64_t kMostNumber = std::uint64_t{1} << 62U;

bool read(const element& object, const char* name, std::string& out) {
  std::string_view text;
  if (object[name].get(text) != simdjson::SUCCESS) return false;
  out = text;
  return true;
}
bool read(const element& object, const char* name, std::uint64_t& out) {
  return object[name].get(out) == simdjson::SUCCESS && out <= kMostNumber;
}
bool read_symbol(const element& object, std::string& out) {
  return read(object, "symbol", out) && schemas::split_symbol(out).has_value();
}
Timestamp read_time(const element& object, const char* name) {
  std::int64_t time = 0;
  return object[name].get(time) == simdjson::SUCCESS ? Timestamp{time} : schemas::kNoTime;
}
std::optional<schemas::Decimal> read_decimal_of(const element& object, const char* name) {
  std::string_view text;
  if (object[name].get(text) != simdjson::SUCCESS) return std::nullopt;
  return schemas::parse_decimal(text);
}
std::optional<schemas::Interval> read_interval(const element& object, const char* name) {
  std::string_view text;
  if (object[name].get(text) != simdjson::SUCCESS) return std::nullopt;
  return schemas::interval_from_name(text);
}

bool read_trade(const element& object, StoredWord& word) {
  const auto price = read_decimal_of(object, "price"), size = read_decimal_of(object, "size");
  std::string_view side, id;
  if (!price || !size || object["side"].get(side) != simdjson::SUCCESS ||
      object["id"].get(id) != simdjson::SUCCESS) {
    return false;
  }
  word.trade.price = schemas::Price{*price};
  word.trade.size = schemas::Quantity{*size};
  word.trade.side = side == name(schemas::Side::kBuy) ? schemas::Side::kBuy : schemas::Side::kSell;
  word.trade.id = id;
  word.trade.header.venue_time = read_time(object, "time");
  word.trade.header.receive_time = read_time(object, "received");
  return read(object, "seq", word.number);
}

bool read_as(std::string_view type, const element& object, StoredWord& word) {
  if (type == "trade") {
    word.kind = Kind::kTrade;
    return read_trade(object, word);
  }
  if (type == "gap") {
    word.kind = Kind::kGap;
    return read(object, "to", word.number);
  }
  if (type == "bar") {
    word.kind = Kind::kBar;
    const auto interval = read_interval(object, "interval");
    word.interval = interval.value_or(schemas::Interval{});
    return interval && read(object, "seq", word.number) && read(object, "ordinal", word.ordinal);
  }
  if (type == "instrument") {
    word.kind = Kind::kInstrument;
    return object["removed"].get(word.removed) == simdjson::SUCCESS;
  }
  const auto channel = schemas::channel_from_name(type);
  if (!channel) return true;  // a heartbeat, venues, and what later ones may say
  word.kind = Kind::kState;
  word.channel = *channel;
  return read(object, "seq", word.number);
}

}  // namespace

struct WordReader::Parser {
  // False: no object.
  bool parse(std::string_view text, element& object) {
    return parser.parse(text.data(), text.size()).get(object) == simdjson::SUCCESS &&
           object.is_object();
  }
  simdjson::dom::parser parser;
};

WordReader::WordReader() : parser_(std::make_unique<Parser>()) {}
WordReader::~WordReader() = default;

std::optional<StoredWord> WordReader::stored(std::string_view text) {
  element object;
  StoredWord word;
  std::string_view type;
  const bool ours = parser_->parse(text, object) && object["type"].get(type) == simdjson::SUCCESS &&
                    read(object, "epoch", word.epoch) && word.epoch.size() <= kLongestEpoch &&
                    read(object, "fence", word.fence) && read_as(type, object, word) &&
                    (word.kind == Kind::kOther || read_symbol(object, word.symbol));
  if (!ours) return std::nullopt;
  return word;
}

std::optional<AskedBook> WordReader::asked_book(std::string_view text) {
  element object;
  AskedBook asked;
  std::uint64_t depth = 0;
  if (!parser_->parse(text, object) || !read_symbol(object, asked.symbol) ||
      !read(object, "depth", depth) || depth == 0) {
    return std::nullopt;
  }
  asked.depth = static_cast<std::uint32_t>(std::min<std::uint64_t>(depth, kMostDepth));
  return asked;
}

std::optional<AskedBars> WordReader::asked_bars(std::string_view text) {
  element object;
  AskedBars asked;
  if (!parser_->parse(text, object) || !read_symbol(object, asked.symbol)) return std::nullopt;
  const auto interval = read_interval(object, "interval");
  if (!interval) return std::nullopt;
  asked.interval = *interval;
  return asked;
}

std::optional<WantedBars> WordReader::wanted_bars(std::string_view text) {
  element object;
  simdjson::dom::array series;
  if (!parser_->parse(text, object) || object["series"].get(series) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  WantedBars wanted;
  for (const auto one : series) {
    if (wanted.series.size() == kMostSeries) break;
    std::string_view symbol, interval;
    if (one.at(0).get(symbol) != simdjson::SUCCESS ||
        one.at(1).get(interval) != simdjson::SUCCESS) {
      continue;
    }
    const auto known = schemas::interval_from_name(interval);
    if (known && schemas::split_symbol(symbol)) wanted.series.emplace_back(symbol, *known);
  }
  return wanted;
}

void merge(const StoredWord& word, ClusterNumbers& numbers) {
  if (word.epoch != numbers.epoch && word.fence > numbers.fence) {
    for (auto& [symbol, of] : numbers.symbols) of = {{}, {}, of.served};
    numbers.epoch = word.epoch;
  }
  const bool ours = word.epoch == numbers.epoch;
  if (ours) numbers.fence = std::max(numbers.fence, word.fence);
  if (word.kind == Kind::kOther) return;
  auto& of = numbers.symbols[word.symbol];
  if (word.kind == Kind::kInstrument) of.served = !word.removed;
  if (!ours) return;
  const auto raise = [](std::uint64_t& number, std::uint64_t to) { number = std::max(number, to); };
  if (word.kind == Kind::kState) {
    raise(of.numbers.ticks[static_cast<std::size_t>(word.channel)], word.number);
  } else if (word.kind == Kind::kBar) {
    auto& bars = of.numbers.bars[static_cast<std::size_t>(word.interval)];
    raise(bars.sequence, word.number);
    raise(bars.ordinal, word.ordinal);
  } else if (word.kind != Kind::kInstrument && word.number >= of.last.number) {
    of.last.number = word.number;
    of.last.trade.reset();
    if (word.kind == Kind::kTrade) of.last.trade = word.trade;
  }
}

}  // namespace tickgate::feeds
