// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/bar_writer.h"

#include <memory>

namespace tickgate::gateway {

using schemas::Channel;
using schemas::Interval;
using Outcome = Outbox::Outcome;

namespace {

// In a slot: nothing was sent, for there was nothing; all that comes is news.
constexpr std::uint32_t kFromTheFirst = UINT32_MAX;

std::uint64_t sent_up_to(const Slot& slot, std::uint64_t newest) {
  if (slot.sequence == kFromTheFirst && newest < kFromTheFirst) return 0;
  return newest - static_cast<std::uint32_t>(newest - slot.sequence);
}

Interval interval_of(const Slot& slot) { return static_cast<Interval>(slot.depth); }

// Appends the comma between two objects, and takes it back if no object followed.
class Comma {
 public:
  Comma(std::string& out, std::size_t start) : out_(out) {
    before_ = out.size();
    if (before_ > start + 1) out.push_back(',');
    after_ = out.size();
  }
  ~Comma() {
    if (out_.size() == after_) out_.resize(before_);
  }
  Comma(const Comma&) = delete;
  Comma& operator=(const Comma&) = delete;
  bool followed() const { return out_.size() > after_; }

 private:
  std::string& out_;
  std::size_t before_, after_;
};

BarsOwed& owed_by(Subscriber& subscriber) {
  if (subscriber.bars == nullptr) subscriber.bars = std::make_unique<BarsOwed>();
  return *subscriber.bars;
}

}  // namespace

Outcome BarWriter::append(Subscriber& subscriber, Slot& slot, std::string& out, std::size_t start,
                          std::size_t limit, std::string_view more) {
  auto* const series = bars_.find(slot.instrument, interval_of(slot));
  const Place place{out, start, limit, more};
  if (series == nullptr) return Outcome::kSent;
  if (Outbox::owes_history(slot)) return append_history(subscriber, slot, *series, place);
  return append_live(subscriber, slot, *series, place);
}

Outcome BarWriter::append_history(Subscriber& subscriber, Slot& slot, BarSeries& series,
                                  const Place& place) {
  if (!series.can_give(slot.sequence)) {
    wait_for(subscriber, slot);
    return Outcome::kSent;  // marked again when it is loaded
  }
  auto& owed = owed_by(subscriber);
  const auto index = subscriber.outbox.index_of(slot);
  if (!owed.is_half || owed.half != index) {
    owed.is_half = true;
    owed.half = index;
    owed.cursor = series.history(slot.sequence);
  }
  return append_rows(subscriber, slot, series, place);
}

// The next object of the history that is half sent.
Outcome BarWriter::append_rows(Subscriber& subscriber, Slot& slot, BarSeries& series,
                               const Place& place) {
  auto& owed = *subscriber.bars;
  BarSeries::Gave gave{};
  {
    const Comma comma(place.out, place.start);
    gave = series.append_history(place.out, owed.cursor, place.room(), place.more);
    if (comma.followed()) note_sent(subscriber, slot, 1);
  }
  if (gave == BarSeries::Gave::kFull) return Outcome::kFull;
  owed.is_half = false;
  if (gave == BarSeries::Gave::kGone) {  // from the beginning
    wait_for(subscriber, slot);
    return Outcome::kSent;
  }
  slot.sequence = static_cast<std::uint32_t>(owed.cursor.sequence);
  end_history(subscriber, slot);
  ask_next(subscriber);
  return append_live(subscriber, slot, series, place);
}

Outcome BarWriter::append_live(Subscriber& subscriber, Slot& slot, BarSeries& series,
                               const Place& place) {
  if (series.is_missing()) return Outcome::kSent;  // marked again when it is loaded
  const auto newest = series.newest();
  if (place.room() == 0) return Outcome::kFull;
  if (slot.sequence == 0) {
    append_first(subscriber, slot, series, place);
    return Outcome::kSent;
  }
  const auto from = sent_up_to(slot, newest);
  if (from == newest) return Outcome::kSent;
  if (series.fell_behind(from)) {
    if (!series.holds_since(from)) {
      subscriber.outbox.owe_history(slot, BarSeries::kClosed);
      return append_history(subscriber, slot, series, place);
    }
    auto& owed = owed_by(subscriber);
    const auto index = subscriber.outbox.index_of(slot);
    if (!owed.is_half || owed.half != index) {
      owed.is_half = true;
      owed.half = index;
      owed.cursor = series.changed_since(from);
    }
    return append_rows(subscriber, slot, series, place);
  }
  const Comma comma(place.out, place.start);
  const auto sent = series.append_since(place.out, from, place.room(), place.more);
  note_sent(subscriber, slot, sent.objects);
  const auto folded = sent.sequence - from - sent.objects;
  counters_.conflated[static_cast<std::size_t>(Channel::kBar)].add(folded);
  subscriber.folded += folded;
  slot.sequence = static_cast<std::uint32_t>(sent.sequence);
  return sent.full ? Outcome::kFull : Outcome::kSent;
}

// Whoever begins is sent the open bar, and nothing that ended before.
void BarWriter::append_first(Subscriber& subscriber, Slot& slot, BarSeries& series,
                             const Place& place) {
  const Comma comma(place.out, place.start);
  if (series.append_open(place.out, place.more)) note_sent(subscriber, slot, 1);
  slot.sequence =
      series.newest() == 0 ? kFromTheFirst : static_cast<std::uint32_t>(series.newest());
}

void BarWriter::wait_for(Subscriber& subscriber, Slot& slot) {
  auto& owed = owed_by(subscriber);
  if (Outbox::is_waiting(slot)) return;
  if (!Outbox::is_asked(slot) && owed.asked == BarsOwed::kWindow) {
    owed.waiting.push_back(subscriber.outbox.index_of(slot));
    Outbox::set_waiting(slot, true);
    return;
  }
  bars_.want(slot.instrument, interval_of(slot),
             Outbox::owes_history(slot) ? slot.sequence : BarSeries::kClosed);
  if (Outbox::is_asked(slot)) return;
  Outbox::set_asked(slot, true);
  ++owed.asked;
}

void BarWriter::end_history(Subscriber& subscriber, Slot& slot) {
  if (Outbox::is_asked(slot)) --subscriber.bars->asked;
  Outbox::end_history(slot);
}

void BarWriter::ask_next(Subscriber& subscriber) {
  auto& owed = *subscriber.bars;
  auto& outbox = subscriber.outbox;
  while (owed.asked < BarsOwed::kWindow && owed.next < owed.waiting.size()) {
    const auto index = owed.waiting[owed.next++];
    if (!outbox.holds(index)) continue;
    auto& slot = outbox.slot(index);
    if (!Outbox::is_waiting(slot)) continue;
    Outbox::set_waiting(slot, false);
    auto* const series = bars_.find(slot.instrument, interval_of(slot));
    if (series->can_give(slot.sequence)) {
      outbox.mark(index);
    } else {
      wait_for(subscriber, slot);
    }
  }
  if (owed.next == owed.waiting.size()) {
    owed.waiting.clear();
    owed.next = 0;
  }
  if (owed.nothing()) subscriber.bars.reset();
}

void BarWriter::note_sent(Subscriber& subscriber, const Slot& slot, std::uint64_t objects) {
  if (subscriber.usage != nullptr) {
    subscriber.usage->updates[venues_.of(slot.instrument)] += static_cast<std::uint32_t>(objects);
  }
  subscriber.objects_sent += objects;
  counters_.sent[static_cast<std::size_t>(Channel::kBar)].add(objects);
}

}  // namespace tickgate::gateway
