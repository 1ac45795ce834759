// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/snapshot.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_split.h"
#include "gateway/fanout/object_text.h"
#include "gateway/protocol/client_request.h"
#include "gateway/protocol/symbol_pattern.h"
#include "schemas/json.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

using schemas::Channel;
using schemas::to_std;

// What a snapshot is to show of each symbol.
struct Wanted {
  Channel channel{};
  schemas::Interval interval{};  // of bars
};

void append_bar(std::string& out, FanOut& fan_out, const schemas::Instrument& instrument,
                schemas::Interval interval) {
  std::string bar;
  if (!fan_out.append_bar(bar, instrument, interval)) return;
  if (out.size() > 1) out.push_back(',');
  out.append(bar);
}

void append_value(std::string& out, FanOut& fan_out, const schemas::Instrument& instrument,
                  const Wanted& wanted, const Entitled& who) {
  const auto add = [&]<typename Tick>(const Tick* tick) {
    if (tick == nullptr) return;
    if (out.size() > 1) out.push_back(',');
    if constexpr (std::is_same_v<Tick, schemas::Quote>) {
      append_json(out, *tick, instrument.symbol, instrument.sources);
    } else if constexpr (std::is_same_v<Tick, schemas::InstrumentStatus>) {
      append_json(out, *tick, instrument.symbol, live_name(fan_out.delay_s()));
    } else if constexpr (std::is_same_v<Tick, schemas::Book>) {
      append_json(out, *tick, instrument.symbol, who.depth(schemas::Book::kMaxDepth));
    } else {
      append_json(out, *tick, instrument.symbol);
    }
    append_member(out, delay_member(fan_out.delay_s()));
  };
  const auto& cache = fan_out.cache();
  const auto channel = wanted.channel;
  const bool with_book = channel == Channel::kBook || channel == Channel::kStatus;
  if (const auto* const status = cache.status(instrument.id)) {
    const auto seen = with_book ? *status : without_book(*status);
    add(&seen);
  }
  switch (channel) {
    case Channel::kQuote:
      return add(cache.quote(instrument.id));
    case Channel::kTrade:
      return add(cache.trade(instrument.id));
    case Channel::kBook:
      return add(cache.book(instrument.id));
    case Channel::kTicker:
      return add(cache.ticker(instrument.id));
    case Channel::kStatus:
      return;
    case Channel::kBar:
      return append_bar(out, fan_out, instrument, wanted.interval);
  }
}

// In other states nothing is published.
bool may_have_price(schemas::State state) {
  using schemas::State;
  return state == State::kLive || state == State::kStale || state == State::kHalted;
}

// The newest values of what a request names, as one array.
class Snapshot {
 public:
  enum class Added : std::uint8_t { kYes, kUnknown, kForbidden, kTooMany };

  Snapshot(FanOut& fan_out, const Wanted& wanted, const Entitled& who,
           std::vector<MissingValue>* missing)
      : fan_out_(fan_out), wanted_(wanted), who_(who), missing_(missing) {}

  static std::size_t most(Channel channel) {
    return channel == Channel::kBar ? kMaxSnapshotBars : kMaxSnapshotSymbols;
  }

  Added add(std::string_view symbol) {
    const auto pattern = SymbolPattern::parse(symbol);
    if (!pattern.has_value()) return Added::kUnknown;
    if (pattern->is_exact()) {
      if (!who_.covers(symbol)) return Added::kForbidden;
      const auto* instrument = fan_out_.instrument(symbol);
      return instrument == nullptr ? Added::kUnknown : add(*instrument);
    }
    if (++patterns_ > SymbolPattern::kMaxInRequest) return Added::kTooMany;
    if (who_.coverage != nullptr && !who_.coverage->meets(*pattern)) return Added::kForbidden;
    const auto& text = pattern->text();
    return text.starts_with("*:") && text != "*:*" ? add_everywhere(text.substr(2))
                                                   : add_all(text.substr(0, text.find('*')));
  }
  std::string finish() { return std::move(json_) + "]"; }

 private:
  // Both go by the order of symbols, so that a pattern costs what it finds and no look at 50,000.
  // All whose symbols begin so: "KRAKEN:", or with anything.
  Added add_all(std::string_view prefix) {
    const auto& all = fan_out_.in_order();
    for (auto at = all.lower_bound(prefix); at != all.end(); ++at) {
      if (!(*at)->symbol.starts_with(prefix)) break;
      if (add(**at) == Added::kTooMany) return Added::kTooMany;
    }
    return Added::kYes;
  }
  // This pair at each venue.
  Added add_everywhere(std::string_view pair) {
    const auto& all = fan_out_.in_order();
    for (auto at = all.begin(); at != all.end();) {
      std::string venue = (*at)->symbol.substr(0, (*at)->symbol.find(':'));
      const auto* const instrument = fan_out_.instrument(fmt::format("{}:{}", venue, pair));
      if (instrument != nullptr && add(*instrument) == Added::kTooMany) return Added::kTooMany;
      venue.push_back(':' + 1);  // behind all of this venue
      at = all.lower_bound(std::string_view(venue));
    }
    return Added::kYes;
  }
  Added add(const schemas::Instrument& instrument) {
    if (!who_.covers(instrument)) return Added::kYes;  // of a pattern
    if (++count_ > most(wanted_.channel)) return Added::kTooMany;
    append_value(json_, fan_out_, instrument, wanted_, who_);
    if (missing_ != nullptr) note_missing({instrument.id, wanted_.channel});
    return Added::kYes;
  }

  void note_missing(const MissingValue& value) {
    const auto channel = value.channel;
    if (channel != Channel::kQuote && channel != Channel::kBook && channel != Channel::kTicker) {
      return;
    }
    const auto* const status = fan_out_.cache().status(value.instrument);
    const bool may_come =
        status != nullptr && (may_have_price(status->state) || may_have_price(status->quote_state));
    if (may_come && !has_value(fan_out_, value)) missing_->push_back(value);
  }

  FanOut& fan_out_;
  Wanted wanted_;
  const Entitled& who_;
  std::vector<MissingValue>* missing_;
  std::string json_ = "[";
  std::size_t count_ = 0, patterns_ = 0;
};

HttpAnswerBody newest_values(const std::vector<std::string_view>& symbols, const Wanted& wanted,
                             FanOut& fan_out, const Entitled& who,
                             std::vector<MissingValue>* missing) {
  if (!who.allows(wanted.channel)) {
    return forbidden_body("channel", schemas::name(wanted.channel), *who.grant);
  }
  Snapshot snapshot(fan_out, wanted, who, missing);
  for (const auto symbol : symbols) {
    switch (snapshot.add(symbol)) {
      case Snapshot::Added::kYes:
        break;
      case Snapshot::Added::kUnknown:
        return unknown_symbol_body("symbols", symbol, fan_out, who);
      case Snapshot::Added::kForbidden:
        return forbidden_body("symbols", symbol, *who.grant);
      case Snapshot::Added::kTooMany:
        return error_body(
            400, ErrorCode::kTooManySymbols,
            fmt::format("symbols: at most {} in all, and {} patterns",
                        Snapshot::most(wanted.channel), SymbolPattern::kMaxInRequest));
    }
  }
  return {200, snapshot.finish()};
}

}  // namespace

bool has_value(const FanOut& fan_out, const MissingValue& value) {
  const auto& cache = fan_out.cache();
  switch (value.channel) {
    case Channel::kQuote:
      return cache.quote(value.instrument) != nullptr;
    case Channel::kBook:
      return cache.book(value.instrument) != nullptr;
    case Channel::kTicker:
      return cache.ticker(value.instrument) != nullptr;
    case Channel::kTrade:
    case Channel::kStatus:
    case Channel::kBar:
      break;
  }
  return true;
}

HttpAnswerBody snapshot_json(const HttpRequest& request, FanOut& fan_out, const Entitled& who,
                             std::vector<MissingValue>* missing) {
  if (request.is_post) {
    const auto parsed = RequestParser().parse_snapshot(request.body);
    if (const auto* const error = std::get_if<RequestError>(&parsed)) {
      return error_body(400, error->code, error->message);
    }
    const auto& asked = std::get<SubscribeRequest>(parsed);
    return newest_values({asked.symbols.begin(), asked.symbols.end()},
                         {asked.channel, asked.interval}, fan_out, who, missing);
  }
  const auto channel = schemas::channel_from_name(request.parameter("channel").value_or("quote"));
  if (!channel.has_value()) {
    return error_body(400, ErrorCode::kBadRequest,
                      "channel: expected quote, trade, book, ticker, bar or status");
  }
  Wanted wanted{*channel};
  if (*channel == Channel::kBar) {
    const auto name = request.parameter("interval");
    const auto interval = schemas::interval_from_name(name.value_or(""));
    if (!interval.has_value()) {
      return error_body(400, name ? ErrorCode::kUnknownInterval : ErrorCode::kBadRequest,
                        fmt::format("interval: expected {}", kIntervalNames));
    }
    wanted.interval = *interval;
  }
  const auto symbols = request.parameter("symbols");
  if (!symbols.has_value() || symbols->empty()) {
    return error_body(400, ErrorCode::kBadRequest,
                      "symbols: expected one or more, separated by commas");
  }
  std::vector<std::string_view> parts;
  for (const auto part : absl::StrSplit(schemas::to_absl(*symbols), ',')) {
    parts.push_back(to_std(part));
  }
  return newest_values(parts, wanted, fan_out, who, missing);
}

}  // namespace tickgate::gateway
