// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/instrument_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

using schemas::State;
using schemas::to_absl;
using schemas::to_std;

constexpr State kStates[] = {State::kLive,   State::kStale, State::kRecovering,
                             State::kHalted, State::kDown,  State::kClosed};

constexpr std::uint32_t bit(State state) { return 1U << static_cast<unsigned>(state); }

std::string_view value_of(const HttpRequest& request, std::string_view name) {
  return request.parameter(name).value_or("");
}

void append_parameter(std::string& query, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (!query.empty()) query.push_back('&');
  query.append(name).push_back('=');
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || std::string_view("-._~:*,").find(c) != std::string_view::npos)
      query.push_back(c);
    else
      fmt::format_to(std::back_inserter(query), "%{:02X}", byte);
  }
}

}  // namespace

std::variant<InstrumentQuery, HttpAnswerBody> InstrumentQuery::read(const HttpRequest& request,
                                                                    const FanOut& fan_out,
                                                                    const Entitled& who) {
  InstrumentQuery query;
  if (const auto venue = value_of(request, "venue"); !venue.empty()) {
    query.venue_ = absl::AsciiStrToUpper(to_absl(venue)) + ":";
  }
  if (auto error = query.read_symbols(value_of(request, "symbols"), fan_out, who)) return *error;
  if (!query.read_states(value_of(request, "state"))) {
    return error_body(
        400, ErrorCode::kBadRequest,
        "state: expected live, delayed, stale, recovering, halted, down or closed, separated by "
        "commas");
  }
  const auto limit = request.parameter("limit");
  if (limit && !query.read_limit(*limit)) {
    return error_body(400, ErrorCode::kBadRequest,
                      fmt::format("limit: expected 1 to {}", kMostLimit));
  }
  query.after_ = value_of(request, "after");
  for (const auto* name : {"venue", "symbols", "state", "limit"}) {
    append_parameter(query.filters_, name, value_of(request, name));
  }
  query.text_ = query.filters_;
  append_parameter(query.text_, "after", query.after_);
  return query;
}

std::optional<HttpAnswerBody> InstrumentQuery::read_symbols(std::string_view list,
                                                            const FanOut& fan_out,
                                                            const Entitled& who) {
  if (list.empty()) return std::nullopt;
  for (const auto part : absl::StrSplit(to_absl(list), ',')) {
    auto pattern = SymbolPattern::parse(to_std(part));
    if (pattern && pattern->is_exact() && !who.covers(pattern->text())) {
      return forbidden_body("symbols", pattern->text(), *who.grant);
    }
    if (!pattern || (pattern->is_exact() && fan_out.instrument(to_std(part)) == nullptr)) {
      return unknown_symbol_body("symbols", to_std(part), fan_out, who);
    }
    if (pattern->is_exact()) {
      symbols_.insert(pattern->text());
    } else {
      patterns_.push_back(*std::move(pattern));
    }
    if (patterns_.size() > SymbolPattern::kMaxInRequest || symbols_.size() > kMostSymbols) {
      return error_body(400, ErrorCode::kTooManySymbols,
                        fmt::format("symbols: at most {}, and {} patterns", kMostSymbols,
                                    SymbolPattern::kMaxInRequest));
    }
  }
  return std::nullopt;
}

bool InstrumentQuery::read_states(std::string_view list) {
  if (list.empty()) return true;
  states_ = 0;
  for (const auto part : absl::StrSplit(to_absl(list), ',')) {
    const auto asked = to_std(part) == "delayed" ? name(State::kLive) : to_std(part);
    const auto* const state = std::find_if(std::begin(kStates), std::end(kStates),
                                           [&](State one) { return name(one) == asked; });
    if (state == std::end(kStates)) return false;
    states_ |= bit(*state);
  }
  return true;
}

bool InstrumentQuery::read_limit(std::string_view text) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), limit_);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() && limit_ >= 1 &&
         limit_ <= kMostLimit;
}

InstrumentsInOrder::const_iterator InstrumentQuery::begin(const InstrumentsInOrder& all) const {
  return after_ < venue_ ? all.lower_bound(std::string_view(venue_))
                         : all.upper_bound(std::string_view(after_));
}

bool InstrumentQuery::is_beyond(const schemas::Instrument& instrument) const {
  return !std::string_view(instrument.symbol).starts_with(venue_);
}

bool InstrumentQuery::wants(const schemas::Instrument& instrument, State state) const {
  if ((states_ & bit(state)) == 0) return false;
  if (patterns_.empty() && symbols_.empty()) return true;
  if (symbols_.contains(instrument.symbol)) return true;
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const SymbolPattern& pattern) { return pattern.matches(instrument); });
}

std::string InstrumentQuery::next_target(std::string_view last) const {
  std::string query = filters_;
  append_parameter(query, "after", last);
  return "/v1/instruments?" + query;
}

}  // namespace tickgate::gateway
