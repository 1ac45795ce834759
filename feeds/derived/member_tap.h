// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "feeds/derived/consolidation.h"
#include "feeds/derived/passing_sink.h"

namespace tickgate::feeds {

// In front of a feed's fan on a thread that does not consolidate: what the members of consolidated
// instruments say goes to the thread that does, and wakes it, before the shards hear of it: who is
// not live at once, who is at the end of the batch, behind the quotes that come with it.
class MemberTap final : public PassingSink {
 public:
  using PassingSink::on_tick;

  // In front of `next`, whose ticks end in `fan`. All outlive it.
  MemberTap(Consolidation& shared, std::size_t thread, TickSink& next, RingFan& fan)
      : PassingSink(next), rules_(shared.rules()), to_best_({shared.link(thread)}) {
    fan.settle_by([this] { settle(); });
  }
  // The newest values, that is the publisher's cache; before the first tick.
  void attach(const LastValueCache& cache) {
    cache_ = &cache;
    to_best_.attach(cache);
  }

  // Whether anything waits for room: the next flush tries again.
  bool waiting() const { return to_best_.waiting(); }

  void on_instrument(const schemas::Instrument& instrument) override {
    if (!is_member(instrument.id) && !rules_.parts(instrument).empty()) {
      const auto id = instrument.id.value();
      if (id >= members_.size()) members_.resize(id + std::size_t{1});
      members_[id] = true;
      to_best_.on_instrument(instrument);
    }
    PassingSink::on_instrument(instrument);
  }
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) override {
    if (is_member(instrument.id)) {
      members_[instrument.id.value()] = false;
      std::erase(live_, instrument.id);
      to_best_.on_removed(instrument, now);
      to_best_.flush();
    }
    PassingSink::on_removed(instrument, now);
  }
  void on_tick(const schemas::Quote& quote) override {
    if (is_member(quote.header.instrument)) to_best_.on_tick(quote);
    PassingSink::on_tick(quote);
  }
  void on_tick(const schemas::InstrumentStatus& status) override {
    const auto id = status.header.instrument;
    if (is_member(id) && status.quote_state == schemas::State::kLive) {
      live_.push_back(id);
    } else if (is_member(id)) {
      to_best_.on_tick(status);
      to_best_.flush();
    }
    PassingSink::on_tick(status);
  }

 private:
  void settle() {
    for (const auto id : live_) to_best_.on_tick(*cache_->status(id));
    live_.clear();
    to_best_.flush();
  }
  bool is_member(schemas::InstrumentId id) const {
    return id.value() < members_.size() && members_[id.value()];
  }

  const BestRules& rules_;
  RingFan to_best_;
  const LastValueCache* cache_ = nullptr;
  std::vector<schemas::InstrumentId> live_;  // in this batch
  std::vector<bool> members_;                // by instrument
};

}  // namespace tickgate::feeds
