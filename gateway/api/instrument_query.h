// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "gateway/api/answer_body.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/http/http_request_reader.h"
#include "gateway/protocol/symbol_pattern.h"
#include "schemas/ids.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {

// Which instruments, and how many of them: the parameters of /v1/instruments.
class InstrumentQuery {
 public:
  static constexpr std::size_t kDefaultLimit = 1'000;
  static constexpr std::size_t kMostLimit = 5'000;  // bounds a page's memory: some 100 bytes each
  static constexpr std::size_t kMostSymbols = 1'000;

  // Or the answer: a parameter is not what it should be.
  static std::variant<InstrumentQuery, HttpAnswerBody> read(const HttpRequest& request,
                                                            const FanOut& fan_out,
                                                            const Entitled& who = {});

  // In the order of symbols: the first that this may want, and whether none from here on is wanted.
  InstrumentsInOrder::const_iterator begin(const InstrumentsInOrder& all) const;
  bool is_beyond(const schemas::Instrument& instrument) const;
  bool wants(const schemas::Instrument& instrument, schemas::State state) const;
  std::size_t limit() const { return limit_; }
  // Against how many an instrument is held.
  std::size_t patterns() const { return patterns_.size(); }

  // Two with the same text ask for the same.
  const std::string& text() const { return text_; }
  // Where the page behind `last` is to be had.
  std::string next_target(std::string_view last) const;

 private:
  std::optional<HttpAnswerBody> read_symbols(std::string_view list, const FanOut& fan_out,
                                             const Entitled& who);
  bool read_states(std::string_view list);
  bool read_limit(std::string_view text);

  std::string venue_;                    // as symbols begin, "KRAKEN:"; empty: any
  std::vector<SymbolPattern> patterns_;  // with symbols_ empty too: any
  absl::flat_hash_set<std::string> symbols_;
  std::uint32_t states_ = ~0U;  // a bit for each
  std::size_t limit_ = kDefaultLimit;
  std::string after_;
  std::string filters_;  // those given, as they go into a target
  std::string text_;
};

}  // namespace tickgate::gateway
