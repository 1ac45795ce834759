// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "feeds/adapter/candles.h"
#include "feeds/derived/bar_record.h"
#include "feeds/derived/bar_ring.h"
#include "feeds/feed/moment.h"
#include "feeds/publish/publisher.h"
#include "feeds/publish/sequence_memory.h"
#include "schemas/interval.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

struct BarsOptions {
  std::size_t kept = 1'000;  // closed bars of a series
  bool carry = false;        // an interval without a trade has a bar of the last close, else none
  Monotonic grace = std::chrono::seconds(1);  // from the boundary to the close
  std::size_t memory = 256U << 20U;           // bytes of all series of a feed
  Monotonic longest_delay{0};  // of whoever may know of a trade only so much later; 0: nobody
};

// What a series needs to know of the moment of a call.
struct BarScene {
  const BarsOptions& options;
  Moment now;
  std::int64_t closed_until;  // of this interval: what ends here or before has ended
  TickSink* out;              // whom it is told; null: nobody listens; all is counted the same
};

// The bars of one instrument and interval. Held are only bars in which something was traded: those
// of intervals without a trade, where they are wanted, are made when they are told or copied.
// A bar has closed when that was said, once; what changes it later is a correction. All that a
// reader must not miss (closes and corrections) is counted in `ordinal`. Bars calls, on the feed's
// thread.
class alignas(64) BarSeries {
 public:
  // kCorrects: of a bar that has closed.
  enum class Taken : std::uint8_t { kYes, kCorrects, kTooLate, kInVenuesRow };
  struct Range {
    std::int64_t from, to;
  };
  // Before all bars, and far enough from the end of numbers to be reckoned with.
  static constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min() / 2;
  // More open bars than this, of a clock that is behind the venue's, and the oldest closes.
  static constexpr std::uint32_t kMostOpen = 64;
  // So many bars without a trade are told at once, at most: after a jump of the clock the newest.
  static constexpr std::int64_t kMostEmpty = 60;
  // What changed at once is told bar by bar up to so many; of more, who holds the series asks anew.
  static constexpr std::uint32_t kToldSingly = 8;
  // An open bar is told this often, at most.
  static constexpr Monotonic kOpenPace = std::chrono::milliseconds(250);

  // `numbers`: of another series of the same, which this one counts on from.
  void set(schemas::InstrumentId instrument, schemas::Interval interval,
           SequenceMemory::OfBars numbers = {});
  SequenceMemory::OfBars numbers() const { return {sequence_, ordinal_}; }
  schemas::Interval interval() const { return interval_; }

  // Trades of one second, as a bar of it. Taken into the newest bar, while that is open; false: it
  // is take_slowly()'s.
  bool take(const BarRecord& second) {
    const auto within =
        static_cast<std::uint64_t>(second.start) - static_cast<std::uint64_t>(latest_.start);
    if (!fast_ || within >= static_cast<std::uint64_t>(length())) [[unlikely]]
      return false;
    latest_.add(second);
    changed_ += latest_.changed ? 0 : 1;
    latest_.changed = true;
    return true;
  }
  // Of any bar.
  Taken take_slowly(const BarRecord& second, const BarScene& scene);
  // Trades were lost from `from` to `to`; of the bars there, all of them do.
  void lose(std::int64_t from, std::int64_t to);
  // Trades are being lost since the one at `time`, until further notice.
  void lose_since(std::int64_t time);

  // Closes what has ended.
  void close_ended(const BarScene& scene);
  // Says what has changed; false: an open bar has to wait for its turn.
  bool tell_changes(const BarScene& scene);

  // What the venue is to be asked for, if anything.
  std::optional<Range> wanted(const BarScene& scene) const;
  // Whether something is lacking, that the venue may have.
  bool misses_any() const { return misses_all() || mend_from_ < mend_to_; }
  // Whether any of it has ended, so that what the venue says of it now is its last word.
  bool wants_final_row(const BarScene& scene) const;
  // The venue's rows, as they were at answer.received. Few changes are told one by one; of many
  // only that there were some, by the ordinal.
  void merge(const CandleAnswer& answer, const BarScene& scene);

  // Gives what has changed its sequence number: before copy(), so that no two that differ have the
  // same one.
  void settle(const BarScene& scene);
  // The newest closed bars, options.kept of them at most, oldest first, and then those that are
  // open.
  std::vector<schemas::Bar> copy(const BarScene& scene) const;

  bool empty() const { return !any_; }
  std::size_t size() const { return any_ ? older_.size() + 1 : 0; }
  bool has_open() const { return open_ > 0; }
  std::uint32_t open_count() const { return open_; }
  bool has_changes() const { return changed_ > 0; }
  std::uint64_t corrections() const { return corrections_; }
  std::size_t bytes() const { return older_.capacity() * sizeof(BarRecord); }
  // What that may come to, where so many closed bars are kept.
  static std::size_t most_bytes(std::size_t kept);
  // Moves with each change of what copy() gives, once that is settled.
  std::uint64_t sequence() const { return sequence_; }
  // Forgets the oldest `count` closed bars but the newest one; the venue has them. How many.
  std::size_t shed(std::size_t count);

  bool listed = false;  // Bars' own: among those with an open bar

 private:
  BarRecord& at(std::size_t index) { return index < older_.size() ? older_[index] : latest_; }
  const BarRecord& at(std::size_t index) const {
    return index < older_.size() ? older_[index] : latest_;
  }
  // The first that starts at `start` or later; size() if none does.
  std::size_t place_of(std::int64_t start) const;
  std::int64_t length() const { return schemas::length(interval_); }
  std::int64_t floor(std::int64_t time) const {
    return schemas::start_of(schemas::Timestamp{time}, interval_).value();
  }
  // Until the first trade or answer, everything until now.
  bool misses_all() const { return mend_to_ == kAlways; }
  bool is_missing(std::int64_t start) const {
    return start >= mend_from_ && (start < mend_to_ || misses_all());
  }
  bool is_too_late(std::size_t place, std::int64_t start, const BarScene& scene) const;
  BarRecord& insert(std::size_t place, const BarRecord& record, const BarScene& scene);
  void begin(std::int64_t start);
  void make_room(const BarScene& scene);
  void trim(const BarScene& scene);
  std::size_t drop_oldest(std::size_t count);
  void note_change(BarRecord& record);
  void lose_behind(BarRecord& record, bool lost);
  void refresh() { fast_ = any_ && !latest_.closed && !latest_.final_row; }
  void want(std::int64_t from, std::int64_t to);

  void close(BarRecord& record, const BarScene& scene);
  void close_oldest(const BarScene& scene);
  void correct(std::size_t place, const BarScene& scene);
  void tell_empty(std::int64_t until, const BarScene& scene);
  void tell_empty_anew(std::size_t place, const BarScene& scene);
  schemas::Bar bar_of(const BarRecord& record) const;
  schemas::Bar carried(const BarRecord& before, std::int64_t start) const;

  static void mend(BarRecord& record, const Candle& row, bool is_final);
  std::vector<BarRecord> merged_with(const CandleAnswer& answer, std::int64_t final_until,
                                     std::int64_t closed_until) const;
  void settle_silently();
  void settle_mending(const CandleRequest& request, std::int64_t final_until);

  // Hot: what every second with a trade touches, two cache lines up to the open of latest_.
  bool fast_ = false;  // the newest bar takes trades
  bool any_ = false;
  schemas::Interval interval_{};
  schemas::InstrumentId instrument_;
  std::uint32_t changed_ = 0;  // bars that have changed since they were told
  std::uint32_t open_ = 0;     // that have not closed
  BarRecord latest_;

  BarRing older_;  // by start, all before latest_
  std::uint64_t sequence_ = 0;
  std::uint64_t ordinal_ = 0;
  std::uint64_t corrections_ = 0;
  std::int64_t told_until_ = kAlways;  // bars without a trade have closed until here
  Monotonic open_told_{-1'000'000};
  // What the venue has to give or to mend, until it has: of a new series all until its first trade,
  // and the bar of that.
  std::int64_t mend_from_ = kAlways, mend_to_ = kAlways;
  bool began_ = false;  // a trade came
};

}  // namespace tickgate::feeds
