// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/consolidator.h"

#include <utility>

#include "feeds/derived/passing_sink.h"
#include "schemas/check.h"

namespace tickgate::feeds {
namespace {

// Records taken from a ring before the thread's own feeds have their turn.
constexpr std::size_t kDrainBudget = 4'096;

// The thread's own feeds are source 0.
class BestTap final : public PassingSink {
 public:
  using PassingSink::on_tick;

  BestTap(TickSink& next, Best& best) : PassingSink(next), best_(best) {}

  void on_instrument(const schemas::Instrument& instrument) override {
    PassingSink::on_instrument(instrument);
    best_.on_instrument(instrument, 0);
  }
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) override {
    best_.on_removed(instrument, now);
    PassingSink::on_removed(instrument, now);
  }
  void on_tick(const schemas::Quote& quote) override {
    PassingSink::on_tick(quote);
    best_.on_quote(quote);
  }
  void on_tick(const schemas::InstrumentStatus& status) override {
    best_.on_status(status);
    PassingSink::on_tick(status);
  }

 private:
  Best& best_;
};

// What the ring of another thread says.
struct WayReader {
  Best& best;
  std::size_t source;

  void on_instrument(const schemas::Instrument& instrument) {
    best.on_instrument(instrument, source);
  }
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) {
    best.on_removed(instrument, now);
  }
  void on_tick(const schemas::Quote& quote) { best.on_quote(quote); }
  void on_tick(const schemas::InstrumentStatus& status) { best.on_status(status); }
  template <typename Tick>
  void on_tick(const Tick&) {
    TICKGATE_CHECK(false && "only quotes and statuses come this way");
  }
  void on_trade_gap(const schemas::TradeGap&) { TICKGATE_CHECK(false && "no trades either"); }
  void on_forgotten(const Forgotten&) { TICKGATE_CHECK(false && "no feed forgets"); }
  void on_epoch(const Epoch&) { TICKGATE_CHECK(false && "no feed has an epoch"); }
};

}  // namespace

Consolidator::Consolidator(Consolidation& shared, schemas::InstrumentRegistry& registry,
                           const std::vector<ShardLink>& shards)
    : shared_(shared), fan_(shards), best_(shared.rules(), registry, fan_) {
  TICKGATE_CHECK(shared_.ways_.size() < Best::kMostSources);
  fan_.attach(best_.cache());
  fan_.settle_by([this] { best_.settle(); });
}

std::unique_ptr<TickSink> Consolidator::tap(TickSink& next, RingFan& fan) {
  fan.follow(fan_);
  return std::make_unique<BestTap>(next, best_);
}

bool Consolidator::drain(Beat::Moment now, schemas::Timestamp wall) {
  bool more = false;
  for (std::size_t i = 0; i < shared_.ways_.size(); ++i) more = drain(i, now, wall) || more;
  return more;
}

// A thread that stands still cannot say that what it said is old. When it beats again, what it said
// of itself before that is in its ring, and so that comes first.
bool Consolidator::drain(std::size_t index, Beat::Moment now, schemas::Timestamp wall) {
  auto& way = shared_.ways_[index];
  const auto source = index + 1;
  const bool beats = way.beat == nullptr || way.beat->age(now) <= Beat::kLimit;
  const auto pauses = way.beat == nullptr ? 0 : way.beat->pauses();
  const bool paused = std::exchange(way.pauses, pauses) != pauses;
  if (!way.still && (paused || !beats)) {
    way.still = true;
    best_.stand_still(source, true, wall);
  }
  WayReader reader{best_, source};
  const bool more = way.ring.drain(reader, kDrainBudget) == kDrainBudget;
  if (way.still && beats && !more) {
    way.still = false;
    best_.stand_still(source, false, wall);
  }
  return more;
}

}  // namespace tickgate::feeds
