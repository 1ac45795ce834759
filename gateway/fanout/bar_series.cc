// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/bar_series.h"

#include <algorithm>
#include <utility>

#include "gateway/fanout/object_text.h"
#include "schemas/json.h"

namespace tickgate::gateway {

using schemas::Bar;

namespace {

// Loads that do not bring what the ring left out, before it is taken for lost.
constexpr std::uint8_t kMostLoads = 3;

std::uint64_t sequence_of(const Bar& bar) { return bar.header.sequence.value(); }

// Of the last of a copy: all before it are closed.
bool is_open(const Bar& bar) { return !bar.closed && !bar.corrected; }

}  // namespace

BarSeries::Row BarSeries::row_of(const Bar& bar) {
  Row row{bar.start.value(), sequence_of(bar), {}, bar.complete};
  schemas::append_bar_row(row.text, bar);
  row.text.shrink_to_fit();
  return row;
}

std::deque<BarSeries::Row>::const_iterator BarSeries::row_from(std::int64_t start) const {
  return std::lower_bound(rows_.begin(), rows_.end(), start,
                          [](const Row& row, std::int64_t time) { return row.start < time; });
}

bool BarSeries::apply(const Bar& bar) {
  live_from_ = std::min(live_from_, bar.start.value());
  note_ordinal(bar);
  const bool news = is_open(bar) ? apply_open(bar) : apply_closed(bar);
  newest_ = std::max(newest_, sequence_of(bar));
  return news || missing_;
}

// A ring that was full gives the newest of a series only: the ends before it are asked for.
void BarSeries::note_ordinal(const Bar& bar) {
  if (counted_ && bar.ordinal > ordinal_) {
    if (!missing_) missing_since_ = newest_;
    missing_ = true;
    loads_missing_ = 0;
  }
  ordinal_ = std::max(ordinal_, bar.ordinal + (is_open(bar) ? 0 : 1));
  counted_ = true;
}

// While a bar is about to end the next one may have begun: that is the one shown.
bool BarSeries::apply_open(const Bar& bar) {
  const bool ended = !rows_.empty() && rows_.back().start >= bar.start.value();
  const bool older =
      open_.has_value() && (open_->start > bar.start || sequence_of(*open_) >= sequence_of(bar));
  if (ended || older) return false;
  open_ = bar;
  open_text_.clear();
  return true;
}

bool BarSeries::apply_closed(const Bar& bar) {
  if (!put_row(bar)) return false;
  if (missing_) {  // what was left out is sent as rows, and so is this, to come behind it
    events_floor_ = std::max(events_floor_, sequence_of(bar));
  } else {
    add_event(bar);
  }
  return true;
}

// False: it is known already.
bool BarSeries::put_row(const Bar& bar) {
  const auto start = bar.start.value();
  const auto at = rows_.begin() + (row_from(start) - rows_.cbegin());
  if (at != rows_.end() && at->start == start) {
    if (at->sequence >= sequence_of(bar)) return false;
    *at = row_of(bar);
  } else if (at != rows_.begin() || rows_.empty() || !loaded_) {
    rows_.insert(at, row_of(bar));
    if (rows_.size() > kClosed) rows_.pop_front();
  } else {
    forget(start, sequence_of(bar));
  }
  if (open_.has_value() && open_->start <= bar.start) open_.reset();
  return true;
}

void BarSeries::add_event(const Bar& bar) {
  Event event{sequence_of(bar), {}};
  append_json(event.text, bar, symbol_);
  event.text.shrink_to_fit();
  events_.push_back(std::move(event));
  if (events_.size() <= kEvents) return;
  events_floor_ = events_.front().sequence;
  events_.pop_front();
}

void BarSeries::load(std::span<const Bar> bars, std::size_t closed) {
  const auto known = missing_ ? missing_since_ : newest_;
  settle(bars);
  rows_floor_ = 0;
  const auto left_out = unwanted(bars, closed);
  for (const Bar& bar : bars.first(left_out)) {
    newest_ = std::max(newest_, sequence_of(bar));
    forget(bar.start.value(), sequence_of(bar));
    if (rows_floor_ > known) events_floor_ = std::max(events_floor_, newest_);
  }
  bars = bars.subspan(left_out);
  const bool with_open = !bars.empty() && is_open(bars.back());
  merge(with_open ? bars.first(bars.size() - 1) : bars, known);
  if (open_.has_value() && !rows_.empty() && open_->start.value() <= rows_.back().start) {
    open_.reset();
  }
  if (with_open) {
    apply_open(bars.back());
    newest_ = std::max(newest_, sequence_of(bars.back()));
  }
  std::erase_if(events_, [this](const Event& event) { return event.sequence <= events_floor_; });
  // What comes behind these is news to whoever was shown them.
  if (!loaded_ && !bars.empty()) live_from_ = std::min(live_from_, bars.back().start.value());
  loaded_ = true;
  whole_ = left_out == 0;
}

// How many of the oldest nobody asks for; no hole is left before the rows that are held.
std::size_t BarSeries::unwanted(std::span<const Bar> bars, std::size_t closed) const {
  const auto most = closed + (!bars.empty() && is_open(bars.back()) ? 1 : 0);
  if (bars.size() <= most) return 0;
  const auto older = bars.first(bars.size() - most);
  const auto from = rows_.empty() ? live_from_ : rows_.front().start;
  const auto held =
      std::ranges::find_if(older, [from](const Bar& bar) { return bar.start.value() >= from; });
  return static_cast<std::size_t>(held - older.begin());
}

// Whoever was not sent it has to be sent everything.
void BarSeries::forget(std::int64_t start, std::uint64_t sequence) {
  if (start >= live_from_) rows_floor_ = std::max(rows_floor_, sequence);
}

// Whether what the ring left out is among them. They may have been copied before it happened.
void BarSeries::settle(std::span<const Bar> bars) {
  const auto copied = bars.empty() ? std::uint64_t{0} : bars.back().ordinal;
  if (copied >= ordinal_ || ++loads_missing_ >= kMostLoads) missing_ = false;
  counted_ = counted_ || !bars.empty();
  ordinal_ = std::max(ordinal_, copied);
}

// Closed ones. What changed after `known` nobody was sent as an object.
void BarSeries::merge(std::span<const Bar> bars, std::uint64_t known) {
  std::deque<Row> merged;
  auto held = rows_.begin();
  for (const Bar& bar : bars) {
    const auto start = bar.start.value();
    for (; held != rows_.end() && held->start < start; ++held) merged.push_back(std::move(*held));
    const bool both = held != rows_.end() && held->start == start;
    newest_ = std::max(newest_, sequence_of(bar));
    if (both && held->sequence >= sequence_of(bar)) {
      merged.push_back(std::move(*held));
    } else {
      merged.push_back(row_of(bar));
      note_unsent(merged.back(), both, known);
    }
    if (both) ++held;
  }
  for (; held != rows_.end(); ++held) merged.push_back(std::move(*held));
  while (merged.size() > kClosed) merged.pop_front();
  rows_ = std::move(merged);
}

// Whoever is live already is sent it as a row. A bar without a trade has the sequence number of the
// one before it, which its client may have.
void BarSeries::note_unsent(Row& row, bool held, std::uint64_t known) {
  if (row.start < live_from_) return;
  if (!held && known > 0 && newest_ > known) row.sequence = std::max(row.sequence, known + 1);
  if (row.sequence > known) events_floor_ = std::max(events_floor_, newest_);
}

void BarSeries::trim() {
  while (rows_.size() > kKept) {
    forget(rows_.front().start, rows_.front().sequence);
    rows_.pop_front();
    whole_ = false;
  }
  rows_.shrink_to_fit();
}

BarCursor BarSeries::history(std::size_t count) const {
  BarCursor cursor;
  cursor.sequence = newest_;
  cursor.with_open = cursor.owed = true;
  const auto first = rows_.size() - std::min(count, rows_.size());
  cursor.next = first < rows_.size() ? rows_[first].start : INT64_MAX;
  cursor.end = rows_.empty() ? INT64_MIN : rows_.back().start;
  if (!open_.has_value()) return cursor;
  cursor.next = std::min(cursor.next, open_->start.value());
  cursor.end = open_->start.value();
  return cursor;
}

BarCursor BarSeries::changed_since(std::uint64_t from) const {
  BarCursor cursor;
  cursor.next = live_from_;
  cursor.end = rows_.empty() ? INT64_MIN : rows_.back().start;
  cursor.changed = from;
  cursor.sequence = newest_;
  return cursor;
}

// One bar_history object as it grows, within its room.
class BarSeries::HistoryObject {
 public:
  HistoryObject(std::string& out, const BarSeries& series, std::size_t room, std::string_view more)
      : out_(out), begun_(out.size()), more_(more) {
    out.append(R"({"type":"bar_history","symbol":")").append(series.symbol_);
    out.append(R"(","interval":")").append(name(series.interval_)).append(R"(","bars":[)");
    first_ = out.size();
    end_ = begun_ + room;
  }

  // False: there is no room for it.
  bool add(std::string_view row, std::int64_t start, bool complete) {
    if (!has_room(row.size())) return false;
    if (out_.size() > first_) out_.push_back(',');
    out_.append(row);
    if (complete) return true;
    incomplete_.append(incomplete_.empty() ? R"(,"incomplete":[)" : ",");
    incomplete_.append(std::to_string(start));
    return true;
  }
  bool empty() const { return out_.size() == first_; }
  bool has_room(std::size_t size) const {
    return out_.size() + size + incomplete_.size() + kTail + more_.size() <= end_;
  }
  // Nothing at all, if it is empty; unless `bare`: that there is nothing is to be said.
  void finish(bool open, bool bare) {
    if (empty() && !bare) return out_.resize(begun_);
    out_.push_back(']');
    if (!incomplete_.empty()) out_.append(incomplete_).push_back(']');
    out_.append(open ? R"(,"open":true})" : "}");
    append_member(out_, more_);
  }

 private:
  // A comma, one more start among the incomplete, the brackets, and what says that it is open.
  static constexpr std::size_t kTail = 80;

  std::string& out_;
  std::size_t begun_, first_, end_;
  std::string incomplete_;
  std::string_view more_;
};

BarSeries::Gave BarSeries::append_history(std::string& out, BarCursor& cursor, std::size_t room,
                                          std::string_view more) {
  if (!whole_ && !rows_.empty() && cursor.changed == 0 && cursor.next < rows_.front().start) {
    return Gave::kGone;
  }
  HistoryObject object(out, *this, room, more);
  bool all = add_rows(object, cursor);
  const bool open =
      all && cursor.with_open && open_.has_value() && open_->start.value() <= cursor.end;
  if (open) {
    std::string row;
    schemas::append_bar_row(row, *open_);
    all = object.add(row, open_->start.value(), open_->complete);
  }
  const bool bare = all && cursor.owed && object.empty();
  if (bare) all = object.has_room(0);
  cursor.owed = cursor.owed && object.empty();
  object.finish(open && all, bare && all);
  return all ? Gave::kAll : Gave::kFull;
}

// False: there is no room for all.
bool BarSeries::add_rows(HistoryObject& object, BarCursor& cursor) const {
  for (auto row = row_from(cursor.next); row != rows_.end() && row->start <= cursor.end; ++row) {
    const bool wanted = row->sequence > cursor.changed || cursor.changed == 0;
    if (wanted && !object.add(row->text, row->start, row->complete)) return false;
    cursor.next = row->start + 1;
  }
  return true;
}

BarSeries::Appended BarSeries::append_since(std::string& out, std::uint64_t from, std::size_t room,
                                            std::string_view more) {
  const std::size_t begun = out.size();
  Appended appended{from};
  const auto add = [&](const std::string& text, std::uint64_t sequence) {
    appended.full = appended.objects > 0 && out.size() - begun + text.size() + more.size() > room;
    if (appended.full) return;
    if (appended.objects > 0) out.push_back(',');
    out.append(text);
    append_member(out, more);
    ++appended.objects;
    appended.sequence = sequence;
  };
  bool open = open_.has_value() && sequence_of(*open_) > from;
  for (const Event& event : events_) {
    if (event.sequence <= from) continue;
    if (open && sequence_of(*open_) < event.sequence) {
      open = false;
      add(open_text(), sequence_of(*open_));
    }
    if (!appended.full) add(event.text, event.sequence);
    if (appended.full) return appended;
  }
  if (open) add(open_text(), sequence_of(*open_));
  if (appended.full) return appended;
  appended.sequence = newest_;
  return appended;
}

bool BarSeries::append_open(std::string& out, std::string_view more) {
  if (!open_.has_value()) return false;
  out.append(open_text());
  append_member(out, more);
  return true;
}

const std::string& BarSeries::open_text() {
  if (open_text_.empty()) append_json(open_text_, *open_, symbol_);
  return open_text_;
}

}  // namespace tickgate::gateway
