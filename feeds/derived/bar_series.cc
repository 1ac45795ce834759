// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/bar_series.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {
namespace {

// Trimmed so many at once, since all that stay are moved.
constexpr std::size_t kSlack = 64;

}  // namespace

void BarSeries::set(schemas::InstrumentId instrument, schemas::Interval interval) {
  instrument_ = instrument;
  interval_ = interval;
  length_ = schemas::length(interval);
}

std::size_t BarSeries::place_of(std::int64_t start) const {
  if (!any_) return 0;
  if (start > latest_.start) return size();
  const auto found =
      std::lower_bound(older_.begin(), older_.end(), start,
                       [](const BarRecord& record, std::int64_t at) { return record.start < at; });
  return static_cast<std::size_t>(found - older_.begin());
}

// Of what has closed only the newest are held, and a bar older than all of them could be of any
// age.
bool BarSeries::is_too_late(std::size_t place, std::int64_t start, const BarScene& scene) const {
  if (start + length_ > scene.closed_until) return false;
  const auto kept = scene.options.kept;
  std::size_t behind = 0;
  for (std::size_t i = size(); i-- > place && behind < kept;) {
    behind += at(i).closed && at(i).start > start ? 1 : 0;
  }
  if (behind >= kept) return true;
  return place == 0 && (scene.closed_until - start) / length_ > static_cast<std::int64_t>(kept);
}

BarSeries::Taken BarSeries::take_slowly(std::int64_t time, const schemas::Decimal& price,
                                        const schemas::Decimal& size, const BarScene& scene) {
  const auto start = floor(time);
  if (scene.options.carry) close_ended(scene);
  auto place = place_of(start);
  if (is_too_late(place, start, scene)) return Taken::kTooLate;
  begin(start);
  if (place < this->size() && at(place).start == start) {
    BarRecord& record = at(place);
    if (record.final_row) return Taken::kInVenuesRow;
    const auto before = record.close;
    record.add(time, price, size);
    record.carried_changed |= !record.close.identical(before);
    note_change(record);
    return Taken::kYes;
  }
  BarRecord fresh;
  fresh.begin(start, time, price, size);
  fresh.lost = is_missing(start);
  note_change(insert(place, fresh, scene));
  trim(scene);
  return Taken::kYes;
}

// What is before our first trade, and the bar in which it fell, are the venue's: that nothing was
// lost before it nobody can know.
void BarSeries::begin(std::int64_t start) {
  if (began_) return;
  began_ = true;
  mend_to_ = std::max(start + length_, mend_from_);
}

// A bar of an interval that was told to be empty has closed, and of one from which trades were lost
// to the next, trades may be lost too.
BarRecord& BarSeries::insert(std::size_t place, const BarRecord& record, const BarScene& scene) {
  BarRecord fresh = record;
  if (place > 0 && at(place - 1).lost_behind) {
    fresh.lost |= !fresh.final_row;
    fresh.lost_behind = true;
  }
  const bool was_told = scene.options.carry && place > 0 && fresh.start < told_until_;
  fresh.closed |= was_told;
  fresh.carried_changed = was_told;
  if (scene.options.carry && told_until_ == kAlways) told_until_ = fresh.start;
  open_ += fresh.closed ? 0 : 1;
  if (place < size()) {
    if (older_.size() == older_.capacity()) older_.reserve(older_.size() * 3 / 2 + 4);
    older_.insert(older_.begin() + static_cast<std::ptrdiff_t>(place), fresh);
  } else {
    if (any_) {
      const auto most = scene.options.kept + kSlack + kMostOpen;
      const auto more = older_.size() * 3 / 2 + 4;
      if (older_.size() == older_.capacity()) {
        older_.reserve(older_.size() < most ? std::min(more, most) : more);
      }
      older_.push_back(latest_);
    }
    latest_ = fresh;
    any_ = true;
  }
  refresh();
  return at(place);
}

void BarSeries::trim(const BarScene& scene) {
  if (open_ > kMostOpen) close_oldest(scene);
  const auto closed = size() - open_;
  if (closed <= scene.options.kept + kSlack) return;
  drop_oldest(closed - scene.options.kept);
}

std::size_t BarSeries::drop_oldest(std::size_t count) {
  std::size_t dropped = 0;
  while (dropped < count && dropped < older_.size() && older_[dropped].closed) {
    changed_ -= older_[dropped++].changed ? 1 : 0;
  }
  older_.erase(older_.begin(), older_.begin() + static_cast<std::ptrdiff_t>(dropped));
  return dropped;
}

std::size_t BarSeries::shed(std::size_t count) {
  if (count == 0 || older_.empty()) return 0;
  const auto last = older_[std::min(count, older_.size()) - 1].start;
  const auto dropped = drop_oldest(count);
  older_.shrink_to_fit();
  if (dropped > 0) want(kAlways, last + length_);
  return dropped;
}

void BarSeries::note_change(BarRecord& record) {
  changed_ += record.changed ? 0 : 1;
  record.changed = true;
}

void BarSeries::want(std::int64_t from, std::int64_t to) {
  if (mend_from_ >= mend_to_) {
    mend_from_ = from;
    mend_to_ = to;
    return;
  }
  mend_from_ = std::min(mend_from_, from);
  mend_to_ = std::max(mend_to_, to);
}

void BarSeries::lose(std::int64_t from, std::int64_t to) {
  want(floor(from), floor(to) + length_);
  for (auto place = place_of(floor(from)); place < size() && at(place).start <= to; ++place) {
    BarRecord& record = at(place);
    lose_behind(record, record.start + length_ <= to);
    if (record.final_row || record.lost) continue;
    record.lost = true;
    note_change(record);
  }
}

void BarSeries::lose_since(std::int64_t time) {
  lose(time, time);
  for (auto place = place_of(floor(time)); place < size(); ++place) lose_behind(at(place), true);
}

void BarSeries::lose_behind(BarRecord& record, bool lost) {
  if (std::exchange(record.lost_behind, lost) == lost) return;
  record.carried_changed = true;
  note_change(record);
}

}  // namespace tickgate::feeds
