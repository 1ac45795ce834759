// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/candle_words.h"
#include "feeds/adapter/venue_adapter.h"
#include "feeds/log/log.h"

namespace tickgate::feeds {

// The requests for candles that an adapter was given: each is asked of the venue page by page, the
// oldest first, and answered once, when all pages are there or one of them is none. What cannot be
// believed is never a candle, nor a hole that would look like a time without trades: with a row
// that cannot be read or makes no sense all older ones are dropped, and what puts the whole in
// doubt (an error, another interval's rows, their order) fails the request. One thread.
class CandleQuestions {
 public:
  // `words` are constant data, null for a venue without candles; `events` outlives it. `name` is
  // the logger's.
  CandleQuestions(const CandleWords* words, std::string host, std::string name,
                  AdapterEvents& events)
      : words_(words), host_(std::move(host)), name_(std::move(name)), events_(events) {}

  // False: the venue has none of these, or too many requests wait.
  bool ask(const CandleRequest& request, std::string_view symbol);
  // False: this is no answer of candles. One that nobody waits for, as a capture may hold, is.
  bool take(const FetchAnswer& answer, schemas::Timestamp received);
  // The connection is gone: nothing is answered any more.
  void forget() { asked_.clear(); }

 private:
  struct Asked {
    CandleRequest request;
    std::string symbol;
    schemas::Interval interval{};  // the venue's, of which they are made
    schemas::Timestamp from, to;   // of the page that is awaited
    std::string url;
    std::vector<Candle> candles;  // of that interval
    bool cut = false;             // what is older than the next one was dropped
  };

  void ask_page(Asked asked, schemas::Timestamp from);
  void go_on(Asked& asked, const CandleRows& page, schemas::Timestamp received);
  std::string add_page(Asked& asked, const CandleRows& page, schemas::Timestamp received);
  std::string add_row(Asked& asked, const Candle& row, const Candle* before,
                      schemas::Timestamp received);
  void cut(Asked& asked, std::string_view why);
  void answer(const Asked& asked, bool ok, schemas::Timestamp received);
  void fail(const Asked& asked, std::string_view why, schemas::Timestamp received);
  void note(const Asked& asked, std::string_view what);

  const CandleWords* words_;
  const std::string host_;
  const std::string name_;
  AdapterEvents& events_;
  JsonDocument document_;
  std::vector<Asked> asked_;
  log::Limiter failures_;
};

// Bars of `interval` made of shorter ones, each of which divides it: the first one's open, the last
// one's close, the extremes, the sums. Trades are known where all of them are. False when a volume
// is beyond what a number can hold.
bool merge_candles(std::vector<Candle>& candles, schemas::Interval interval);

}  // namespace tickgate::feeds
