// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/bar_series.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {
namespace {

// Dropped so many at once: each has to be looked at, and none is in any cache, which one after the
// other hides what it takes to fetch them.
constexpr std::size_t kSlack = 64;

}  // namespace

void BarSeries::set(schemas::InstrumentId instrument, schemas::Interval interval,
                    SequenceMemory::OfBars numbers) {
  instrument_ = instrument;
  interval_ = interval;
  sequence_ = numbers.sequence;
  ordinal_ = numbers.ordinal;
}

std::size_t BarSeries::place_of(std::int64_t start) const {
  if (!any_) return 0;
  if (start > latest_.start) return size();
  std::size_t from = 0, to = older_.size();
  while (from < to) {
    const auto middle = from + (to - from) / 2;
    if (older_[middle].start < start) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}

// Of what has closed only the newest are held, and a bar older than all of them could be of any
// age.
bool BarSeries::is_too_late(std::size_t place, std::int64_t start, const BarScene& scene) const {
  if (start + length() > scene.closed_until) return false;
  const auto kept = scene.options.kept;
  std::size_t behind = 0;
  for (std::size_t i = size(); i-- > place && behind < kept;) {
    behind += at(i).closed && at(i).start > start ? 1 : 0;
  }
  if (behind >= kept) return true;
  return place == 0 && (scene.closed_until - start) / length() > static_cast<std::int64_t>(kept);
}

BarSeries::Taken BarSeries::take_slowly(const BarRecord& second, const BarScene& scene) {
  const auto start = floor(second.start);
  if (scene.options.carry) close_ended(scene);
  auto place = place_of(start);
  if (is_too_late(place, start, scene)) return Taken::kTooLate;
  begin(start);
  if (place < this->size() && at(place).start == start) {
    BarRecord& record = at(place);
    if (record.final_row) return Taken::kInVenuesRow;
    const auto before = record.close;
    record.add(second);
    record.carried_changed |= !record.close.identical(before);
    note_change(record);
    return record.closed ? Taken::kCorrects : Taken::kYes;
  }
  BarRecord fresh = second;
  fresh.start = start;
  fresh.lost |= is_missing(start);
  BarRecord& record = insert(place, fresh, scene);
  note_change(record);
  const auto taken = record.closed ? Taken::kCorrects : Taken::kYes;
  trim(scene);
  return taken;
}

// What is before our first trade, and the bar in which it fell, are the venue's: that nothing was
// lost before it nobody can know.
void BarSeries::begin(std::int64_t start) {
  if (began_) return;
  began_ = true;
  mend_to_ = std::max(start + length(), mend_from_);
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
    make_room(scene);
    older_.insert(place, fresh);
  } else {
    if (any_) {
      make_room(scene);
      older_.push_back(latest_);
    }
    latest_ = fresh;
    any_ = true;
  }
  refresh();
  return at(place);
}

// For one more behind latest_; of a full series, whatever is open of it, there is enough.
void BarSeries::make_room(const BarScene& scene) {
  if (older_.size() < older_.capacity()) return;
  const auto most = scene.options.kept + kSlack + kMostOpen;
  const auto more = older_.size() * 3 / 2 + 4;
  older_.reserve(older_.size() < most ? std::min(more, most) : more);
}

std::size_t BarSeries::most_bytes(std::size_t kept) {
  return (kept + kSlack + kMostOpen) * sizeof(BarRecord);
}

void BarSeries::trim(const BarScene& scene) {
  if (open_ > kMostOpen) close_oldest(scene);
  const auto closed = size() - open_;
  if (closed > scene.options.kept + kSlack) drop_oldest(closed - scene.options.kept);
}

std::size_t BarSeries::drop_oldest(std::size_t count) {
  std::size_t dropped = 0;
  while (dropped < count && dropped < older_.size() && older_[dropped].closed) {
    changed_ -= older_[dropped++].changed ? 1 : 0;
  }
  older_.drop_front(dropped);
  return dropped;
}

std::size_t BarSeries::shed(std::size_t count) {
  if (count == 0 || older_.empty()) return 0;
  const auto last = older_[std::min(count, older_.size()) - 1].start;
  const auto dropped = drop_oldest(count);
  older_.reserve(older_.size());
  if (dropped > 0) want(kAlways, last + length());
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
  want(floor(from), floor(to) + length());
  for (auto place = place_of(floor(from)); place < size() && at(place).start <= to; ++place) {
    BarRecord& record = at(place);
    lose_behind(record, record.start + length() <= to);
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
