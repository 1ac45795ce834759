// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "feeds/derived/bar_series.h"

namespace tickgate::feeds {
namespace {

// From the end of a bar until the venue's row of it is the last one.
constexpr std::int64_t kSettled = 1'000'000;

bool is_empty(const Candle& row) { return row.volume.value().is_zero(); }

bool says_the_same(const BarRecord& record, const Candle& row) {
  return record.open.identical(row.open.value()) && record.high.identical(row.high.value()) &&
         record.low.identical(row.low.value()) && record.close.identical(row.close.value()) &&
         record.volume.identical(row.volume.value()) && record.trades == row.trades;
}

void copy_row(const Candle& row, BarRecord& record) {
  record.open = row.open.value();
  record.high = row.high.value();
  record.low = row.low.value();
  record.close = row.close.value();
  record.volume = row.volume.value();
  record.trades = row.trades;
  record.first = record.start;
  record.last = std::max(record.last, record.start);
}

}  // namespace

std::optional<BarSeries::Range> BarSeries::wanted(const BarScene& scene) const {
  if (mend_from_ >= mend_to_ && !misses_all()) return std::nullopt;
  const auto wall = scene.now.wall.value();
  const auto under_way = floor(wall);
  const auto kept = static_cast<std::int64_t>(scene.options.kept);
  const auto to = misses_all() ? under_way + length() : std::min(mend_to_, under_way + length());
  const auto from = std::max(mend_from_, under_way - kept * length());
  if (from >= to) return std::nullopt;
  // Of a bar under way one row will do until it has ended.
  const auto place = place_of(from);
  if (from >= floor(wall - kSettled) && place < size() && at(place).start == from &&
      at(place).provisional) {
    return std::nullopt;
  }
  return Range{from, to};
}

bool BarSeries::wants_final_row(const BarScene& scene) const {
  if (misses_all() && mend_from_ != kAlways) return false;  // it was asked, and nothing was traded
  const auto range = wanted(scene);
  return range && range->from < floor(scene.now.wall.value() - kSettled);
}

void BarSeries::mend(BarRecord& record, const Candle& row, bool is_final) {
  if (record.final_row || is_empty(row) || (!is_final && record.closed)) return;
  const bool same = says_the_same(record, row);
  if (!same) {
    record.carried_changed |= !record.close.identical(row.close.value());
    copy_row(row, record);
  }
  record.changed |= !same || record.lost;
  record.lost = false;
  record.provisional = !is_final;
  record.final_row = is_final;
  if (is_final) record.lost_behind = false;
}

// Ours and the venue's in one: of what we miss the venue's, of the rest ours.
std::vector<BarRecord> BarSeries::merged_with(const CandleAnswer& answer, std::int64_t final_until,
                                              std::int64_t closed_until) const {
  std::vector<BarRecord> merged;
  merged.reserve(size() + answer.candles.size());
  std::size_t place = 0;
  for (const Candle& row : answer.candles) {
    const auto start = row.start.value();
    if (floor(start) != start || !is_missing(start)) continue;
    while (place < size() && at(place).start < start) merged.push_back(at(place++));
    const bool is_final = start + length() <= final_until;
    if (place < size() && at(place).start == start) {
      merged.push_back(at(place++));
      mend(merged.back(), row, is_final);
    } else if (!is_empty(row)) {
      BarRecord& fresh = merged.emplace_back();
      fresh.start = fresh.last = start;
      copy_row(row, fresh);
      fresh.final_row = is_final;
      fresh.provisional = !is_final;
      fresh.closed = start + length() <= closed_until;
      fresh.changed = true;
      fresh.carried_changed = true;
    }
  }
  while (place < size()) merged.push_back(at(place++));
  return merged;
}

void BarSeries::merge(const CandleAnswer& answer, const BarScene& scene) {
  if (scene.options.carry) close_ended(scene);
  const auto final_until = floor(answer.received.value() - kSettled);
  auto merged = merged_with(answer, final_until, scene.closed_until);
  settle_mending(answer.request, final_until);
  if (merged.empty()) return;
  const auto fresh = merged.size() - size();
  open_ = changed_ = 0;
  for (const BarRecord& record : merged) {
    open_ += record.closed ? 0 : 1;
    changed_ += record.changed ? 1 : 0;
  }
  latest_ = merged.back();
  any_ = true;
  merged.pop_back();
  older_.assign(std::move(merged));
  refresh();
  if (told_until_ == kAlways && scene.options.carry) told_until_ = scene.closed_until;
  if (fresh > 0 || changed_ > kToldSingly) settle_silently();
  trim(scene);
}

// Whoever holds the series sees by the next ordinal that it is another one.
void BarSeries::settle_silently() {
  for (std::size_t place = 0; place < size(); ++place) {
    BarRecord& record = at(place);
    if (!record.changed || !record.closed) continue;
    record.sequence = ++sequence_;
    ++ordinal_;
    record.changed = record.carried_changed = false;
    --changed_;
  }
  note_change(latest_);
}

void BarSeries::settle_mending(const CandleRequest& request, std::int64_t final_until) {
  const auto done = std::min(request.to.value(), final_until);
  mend_from_ = std::max(mend_from_, done);
  if (!misses_all() && mend_from_ >= mend_to_) mend_from_ = mend_to_ = 0;
}

}  // namespace tickgate::feeds
