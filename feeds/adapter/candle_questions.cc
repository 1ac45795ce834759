// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/candle_questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "schemas/decimal_sum.h"

namespace tickgate::feeds {
namespace {

using schemas::Timestamp;

constexpr std::size_t kMostWaiting = 2'000;
constexpr std::int64_t kMostBars = 2'000;        // of a request
constexpr std::int64_t kClockSkew = 10'000'000;  // microseconds

bool makes_sense(const Candle& candle) {
  const auto [low, high] = std::minmax(candle.open, candle.close);
  return candle.low <= low && high <= candle.high;
}

bool same(const Candle& a, const Candle& b) {
  return a.open == b.open && a.high == b.high && a.low == b.low && a.close == b.close &&
         a.volume == b.volume;
}

}  // namespace

bool merge_candles(std::vector<Candle>& candles, schemas::Interval interval) {
  std::size_t made = 0;
  for (const Candle& one : candles) {
    const auto start = schemas::start_of(one.start, interval);
    if (made == 0 || candles[made - 1].start != start) {
      Candle first = one;
      first.start = start;
      candles[made++] = first;
      continue;
    }
    Candle& whole = candles[made - 1];
    const auto volume = schemas::sum(whole.volume.value(), one.volume.value());
    if (!volume) return false;
    whole.volume = schemas::Quantity{*volume};
    whole.high = std::max(whole.high, one.high);
    whole.low = std::min(whole.low, one.low);
    whole.close = one.close;
    const bool known =
        whole.trades != schemas::Bar::kTradesUnknown && one.trades != schemas::Bar::kTradesUnknown;
    whole.trades = known ? whole.trades + one.trades : schemas::Bar::kTradesUnknown;
  }
  candles.resize(made);
  return true;
}

bool CandleQuestions::ask(const CandleRequest& request, std::string_view symbol) {
  if (words_ == nullptr || asked_.size() >= kMostWaiting) return false;
  const auto made_of = words_->made_of.at(static_cast<std::size_t>(request.interval));
  const auto step = schemas::length(request.interval);
  const auto from = request.from.value(), to = request.to.value();
  if (!made_of || from < 0 || from % step != 0 || to % step != 0 || to <= from) return false;
  if ((to - from) / step > kMostBars) return false;
  ask_page({request, std::string(symbol), *made_of, {}, {}, {}, {}, false}, request.from);
  return true;
}

void CandleQuestions::ask_page(Asked asked, Timestamp from) {
  asked.from = from;
  asked.to = asked.request.to;
  if (words_->rows > 0) {
    const auto span = static_cast<std::int64_t>(words_->rows) * schemas::length(asked.interval);
    asked.to = std::min(asked.to, Timestamp{from.value() + span});
  }
  asked.url = host_ + words_->target({asked.symbol, asked.interval, asked.from, asked.to});
  const bool on_its_way = std::ranges::find(asked_, asked.url, &Asked::url) != asked_.end();
  asked_.push_back(std::move(asked));
  if (on_its_way) return;  // one answer serves both
  const Asked& last = asked_.back();
  events_.fetch_as({.url = last.url,
                    .weight = words_->weight,
                    .instrument = last.request.instrument,
                    .background = true});
}

bool CandleQuestions::take(const FetchAnswer& answer, Timestamp received) {
  if (words_ == nullptr || answer.target.find(words_->mark) == answer.target.npos) return false;
  // Taken out first, for whoever is answered may ask again.
  const auto mine = std::stable_partition(
      asked_.begin(), asked_.end(), [&](const Asked& one) { return one.url != answer.target; });
  if (mine == asked_.end()) return true;
  std::vector<Asked> served(std::make_move_iterator(mine), std::make_move_iterator(asked_.end()));
  asked_.erase(mine, asked_.end());
  CandleRows page;
  std::string why;
  if (answer.status == 200) {
    JsonReader reader;
    words_->read(answer.body, served.front().interval, document_, page, reader);
    if (!reader.ok()) why = reader.detail();
  } else {
    why = answer.status == 0 ? "no answer" : fmt::format("HTTP {}", answer.status);
  }
  for (Asked& one : served) why.empty() ? go_on(one, page, received) : fail(one, why, received);
  return true;
}

void CandleQuestions::go_on(Asked& asked, const CandleRows& page, Timestamp received) {
  const auto why = add_page(asked, page, received);
  if (!why.empty()) return fail(asked, why, received);
  // What has not begun yet is nowhere.
  if (asked.to < asked.request.to && asked.to <= received) {
    const auto next = asked.to;
    return ask_page(std::move(asked), next);
  }
  if (asked.candles.empty() && asked.cut) return fail(asked, "no row can be read", received);
  if (asked.interval != asked.request.interval &&
      !merge_candles(asked.candles, asked.request.interval)) {
    return fail(asked, "a volume too large", received);
  }
  answer(asked, true, received);
}

// Says what is wrong with the whole.
std::string CandleQuestions::add_page(Asked& asked, const CandleRows& page, Timestamp received) {
  std::vector<const Candle*> rows;
  const Candle *first = nullptr, *last = nullptr;
  for (const auto& row : page.rows) {
    rows.push_back(row ? &*row : nullptr);
    if (!row) continue;
    if (first == nullptr) first = rows.back();
    last = rows.back();
  }
  if (first != last && last->start < first->start) std::ranges::reverse(rows);
  const Candle* before = nullptr;
  for (const Candle* const row : rows) {
    if (row == nullptr) {
      cut(asked, page.detail);
      continue;
    }
    if (auto why = add_row(asked, *row, std::exchange(before, row), received); !why.empty()) {
      return why;
    }
  }
  return {};
}

std::string CandleQuestions::add_row(Asked& asked, const Candle& row, const Candle* before,
                                     Timestamp received) {
  const auto told = [&](std::string_view what) {
    return fmt::format("{}: {} us", what, row.start.value());
  };
  const auto skew = std::min(schemas::length(asked.interval), kClockSkew);
  if (schemas::start_of(row.start, asked.interval) != row.start) return told("misaligned");
  if (row.start.value() > received.value() + skew) return told("a bar of the future");
  if (before != nullptr && row.start < before->start) return told("out of order");
  if (row.start < asked.from || asked.to <= row.start) return {};  // of another page
  const bool again = before != nullptr && row.start == before->start;
  if (!makes_sense(row)) {
    cut(asked, told("its prices contradict each other"));
  } else if (!again) {
    // The first of a longer one that lacks its beginning is none of it.
    const auto whole = schemas::start_of(row.start, asked.request.interval);
    if (asked.cut && asked.candles.empty() && whole != row.start) return {};
    asked.candles.push_back(row);
  } else if (same(row, *before)) {
    note(asked, told("twice"));
  } else {
    cut(asked, told("twice, and not the same"));
  }
  return {};
}

void CandleQuestions::cut(Asked& asked, std::string_view why) {
  note(asked, why);
  asked.candles.clear();
  asked.cut = true;
}

void CandleQuestions::answer(const Asked& asked, bool ok, Timestamp received) {
  CandleAnswer answer;
  answer.request = asked.request;
  answer.ok = ok;
  answer.received = received;
  if (ok) answer.candles = asked.candles;
  events_.on_candles(answer);
}

void CandleQuestions::fail(const Asked& asked, std::string_view why, Timestamp received) {
  failures_.warning(name_, "no candles",
                    {{"symbol", asked.symbol},
                     {"interval", schemas::name(asked.request.interval)},
                     {"reason", why.substr(0, 200)}});
  answer(asked, false, received);
}

void CandleQuestions::note(const Asked& asked, std::string_view what) {
  events_.on_anomaly(Anomaly::kParseError, fmt::format("candle of {}: {}", asked.symbol, what));
}

}  // namespace tickgate::feeds
