// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "feeds/publish/counter.h"
#include "feeds/publish/dirty_set.h"
#include "feeds/publish/doorbell.h"
#include "feeds/publish/last_value_cache.h"
#include "feeds/publish/publisher.h"
#include "feeds/publish/tick_ring.h"

namespace tickgate::feeds {

// What found no room in a ring: written by the thread that pushes, read by any.
struct LinkCounters {
  Counter postponed;    // state ticks: the newest of each follows
  Counter trades_lost;  // a trade lost to a shard is one
};

// The way from a feed's thread to one shard, or to what is like one. All outlive who pushes.
struct ShardLink {
  TickRing* ring = nullptr;
  Doorbell* doorbell = nullptr;
  LinkCounters* no_room = nullptr;  // where that is counted; null: with the fan's own
};

// Step 5 of a tick's life: every tick into every shard's ring. Never blocks, never queues
// values: while a ring is full, state ticks leave a mark in the shard's dirty set and their newest
// value follows from the cache when there is room (of bars, which no cache has, from here; a shard
// that was not given each of them sees it by the ordinal); trades are lost, counted, and announced
// as a gap before the next one. As long as anything waits for a shard, every state tick waits
// behind it, so that nothing overtakes: a book never passes the status that makes it true.
// Instruments are announced and removed before all else, and never lost; what waits of one that is
// removed is forgotten. That a value is forgotten is never lost either, and said before the next
// one; nor is another epoch, and what waits then is of the one before, and goes. One feed's, on its
// thread.
class RingFan final : public TickSink {
 public:
  explicit RingFan(const std::vector<ShardLink>& shards);

  // The newest values, that is the publisher's cache; before the first tick. It outlives the fan.
  void attach(const LastValueCache& cache) { cache_ = &cache; }

  // From now on this one stays behind `first`, whose shards are the same: no state tick goes into a
  // ring while any of the other waits for room in it, and each flush begins with the other's.
  void follow(RingFan& first) { first_ = &first; }
  // Called at the beginning of each flush: what is settled at the end of a batch is pushed then.
  void settle_by(std::function<void()> settle) { settle_ = std::move(settle); }

  void on_instrument(const schemas::Instrument& instrument) override;
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) override;
  // Of a quote, a book or a ticker; the cache has forgotten it already.
  void on_forgotten(const Forgotten& forgotten) override;
  // Of all but the first the cache has forgotten everything already.
  void on_epoch(const Epoch& epoch) override;
  void on_tick(const schemas::Quote& quote) override { state_tick(quote); }
  void on_tick(const schemas::Book& book) override { state_tick(book); }
  void on_tick(const schemas::Ticker& ticker) override { state_tick(ticker); }
  void on_tick(const schemas::InstrumentStatus& status) override { state_tick(status); }
  void on_tick(const schemas::Bar& bar) override { state_tick(bar); }
  void on_tick(const schemas::Trade& trade) override;
  void on_trade_gap(const schemas::TradeGap& gap) override;

  // Ends a batch: pushes what waits, as far as there is room, and rings each shard at most once.
  void flush();
  // Whether anything waits for room.
  bool waiting() const;

  // Any thread.
  const Counter& postponed() const { return no_room_.postponed; }
  const Counter& trades_lost() const { return no_room_.trades_lost; }

 private:
  // An instrument appears, or is removed; or an epoch begins.
  using News = std::variant<const schemas::Instrument*, Removal, Epoch>;
  struct Shard {
    ShardLink link;
    std::deque<News> news;                                  // not yet said
    DirtySet forgotten;                                     // by mark_of(), before what is dirty
    DirtySet dirty;                                         // likewise
    absl::flat_hash_map<std::uint32_t, schemas::Bar> bars;  // the newest of those marked
    std::vector<schemas::TradeGap> gaps;                    // by instrument; from 0: none waits
    DirtySet gapped;                                        // instruments that may have one
    bool pushed = false;                                    // since the last ring of the bell
    bool urgent = false;                                    // a status was among it

    bool waits() const { return !news.empty() || !forgotten.empty() || !dirty.empty(); }
    bool gap_waits(std::uint32_t instrument) const {
      return instrument < gaps.size() && gaps[instrument].from.value() != 0;
    }
  };

  template <typename Tick>
  void state_tick(const Tick& tick);
  // Whether what comes for it now has to wait behind something.
  bool is_behind(std::size_t shard) const {
    return shards_[shard].waits() || (first_ != nullptr && first_->shards_[shard].waits());
  }
  LinkCounters& no_room(const Shard& shard) {
    return shard.link.no_room != nullptr ? *shard.link.no_room : no_room_;
  }
  template <typename Record>
  static bool push(Shard& shard, const Record& record);
  bool push_newest(Shard& shard, std::uint32_t mark) const;
  static bool push_bar(Shard& shard, std::uint32_t mark);
  static bool push_forgotten(Shard& shard, std::uint32_t mark);
  static bool push_news(Shard& shard, const News& news);
  void tell(const News& news);
  static void forget(Shard& shard, std::uint32_t instrument);
  static void forget_all(Shard& shard);
  static bool announce_gap(Shard& shard, std::uint32_t instrument);
  static void widen_gap(Shard& shard, const schemas::TradeGap& gap);

  std::vector<Shard> shards_;
  const LastValueCache* cache_ = nullptr;
  RingFan* first_ = nullptr;
  std::function<void()> settle_;
  bool has_epoch_ = false;
  LinkCounters no_room_;
};

}  // namespace tickgate::feeds
