// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/ring_fan.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "schemas/check.h"

namespace tickgate::feeds {

using schemas::Channel;
using schemas::InstrumentId;
using schemas::kIntervalCount;
using schemas::TradeGap;

namespace {

// A state tick's place in the dirty set: the channels in front of the bars, then each interval.
constexpr auto kFirstInterval = static_cast<std::uint32_t>(Channel::kBar);
constexpr std::uint32_t kMarks = kFirstInterval + std::uint32_t{kIntervalCount};

template <typename Tick>
std::uint32_t mark_of(const Tick& tick) {
  return tick.header.instrument.value() * kMarks + static_cast<std::uint32_t>(Tick::kChannel);
}
std::uint32_t mark_of(const schemas::Bar& bar) {
  return bar.header.instrument.value() * kMarks + kFirstInterval +
         static_cast<std::uint32_t>(bar.interval);
}

}  // namespace

RingFan::RingFan(const std::vector<ShardLink>& shards) {
  shards_.reserve(shards.size());
  for (const ShardLink link : shards) shards_.emplace_back().link = link;
}

template <typename Record>
bool RingFan::push(Shard& shard, const Record& record) {
  if (!shard.link.ring->push(record)) return false;
  shard.pushed = true;
  if constexpr (std::is_same_v<Record, schemas::InstrumentStatus>) shard.urgent = true;
  return true;
}

void RingFan::on_instrument(const schemas::Instrument& instrument) { tell(&instrument); }

void RingFan::on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) {
  for (Shard& shard : shards_) forget(shard, instrument.id.value());
  tell(Removal{&instrument, now});
}

void RingFan::on_epoch(const Epoch& epoch) {
  if (std::exchange(has_epoch_, true)) {
    for (Shard& shard : shards_) forget_all(shard);
  }
  tell(epoch);
}

void RingFan::tell(const News& news) {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (is_behind(i) || !push_news(shards_[i], news)) shards_[i].news.push_back(news);
  }
}

// Who removes one does not wait for a client to see it.
bool RingFan::push_news(Shard& shard, const News& news) {
  if (!std::visit([&](const auto& record) { return push(shard, record); }, news)) return false;
  shard.urgent = shard.urgent || !std::holds_alternative<const schemas::Instrument*>(news);
  return true;
}

void RingFan::forget_all(Shard& shard) {
  shard.news.clear();
  shard.forgotten.clear();
  shard.dirty.clear();
  shard.bars.clear();
  shard.gaps.clear();
  shard.gapped.clear();
}

void RingFan::on_forgotten(const Forgotten& forgotten) {
  const auto channel = forgotten.channel;
  TICKGATE_CHECK(channel == Channel::kQuote || channel == Channel::kBook ||
                 channel == Channel::kTicker);
  const auto mark =
      forgotten.instrument.value() * kMarks + static_cast<std::uint32_t>(forgotten.channel);
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    Shard& shard = shards_[i];
    shard.dirty.unmark(mark);
    if (is_behind(i) || !push_forgotten(shard, mark)) shard.forgotten.mark(mark);
  }
}

bool RingFan::push_forgotten(Shard& shard, std::uint32_t mark) {
  return push(shard, Forgotten{InstrumentId(mark / kMarks), static_cast<Channel>(mark % kMarks)});
}

void RingFan::forget(Shard& shard, std::uint32_t instrument) {
  for (auto mark = instrument * kMarks; mark < (instrument + 1) * kMarks; ++mark) {
    shard.forgotten.unmark(mark);
    shard.dirty.unmark(mark);
    shard.bars.erase(mark);
  }
  if (!shard.gap_waits(instrument)) return;
  shard.gaps[instrument] = {};
  shard.gapped.unmark(instrument);
}

template <typename Tick>
void RingFan::state_tick(const Tick& tick) {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (!is_behind(i) && push(shards_[i], tick)) [[likely]]
      continue;
    no_room(shards_[i]).postponed.add();
    shards_[i].dirty.mark(mark_of(tick));
    if constexpr (std::is_same_v<Tick, schemas::Bar>) shards_[i].bars[mark_of(tick)] = tick;
  }
}

// For whoever calls on_tick(), which is in the header: a compiler may do so for its own reasons.
template void RingFan::state_tick(const schemas::Quote&);
template void RingFan::state_tick(const schemas::Book&);
template void RingFan::state_tick(const schemas::Ticker&);
template void RingFan::state_tick(const schemas::InstrumentStatus&);
template void RingFan::state_tick(const schemas::Bar&);

void RingFan::on_tick(const schemas::Trade& trade) {
  const auto instrument = trade.header.instrument;
  for (Shard& shard : shards_) {
    if (shard.news.empty() && announce_gap(shard, instrument.value()) && push(shard, trade))
        [[likely]]
      continue;
    no_room(shard).trades_lost.add();
    widen_gap(shard, {instrument, trade.header.sequence, trade.header.sequence,
                      schemas::GapReason::kFeedGap});
  }
}

void RingFan::on_trade_gap(const TradeGap& gap) {
  for (Shard& shard : shards_) {
    const bool waits = !shard.news.empty() || shard.gap_waits(gap.instrument.value());
    if (waits || !push(shard, gap)) widen_gap(shard, gap);
  }
}

// Sequences of trades have no holes at the source, so what is lost next borders on what was.
void RingFan::widen_gap(Shard& shard, const TradeGap& gap) {
  const auto instrument = gap.instrument.value();
  if (instrument >= shard.gaps.size()) shard.gaps.resize(instrument + std::size_t{1});
  if (shard.gap_waits(instrument)) {
    shard.gaps[instrument].to = gap.to;
  } else {
    shard.gaps[instrument] = gap;
    shard.gapped.mark(instrument);
  }
}

// True when nothing is left to announce.
bool RingFan::announce_gap(Shard& shard, std::uint32_t instrument) {
  if (!shard.gap_waits(instrument)) [[likely]]
    return true;
  if (!push(shard, shard.gaps[instrument])) return false;
  shard.gaps[instrument].from = {};
  return true;
}

bool RingFan::push_bar(Shard& shard, std::uint32_t mark) {
  const auto found = shard.bars.find(mark);
  TICKGATE_CHECK(found != shard.bars.end() && "a bar is kept with its mark");
  if (!push(shard, found->second)) return false;
  shard.bars.erase(found);
  return true;
}

bool RingFan::push_newest(Shard& shard, std::uint32_t mark) const {
  const InstrumentId instrument(mark / kMarks);
  const auto kind = mark % kMarks;
  const auto push_one = [&](const auto* value) { return value == nullptr || push(shard, *value); };
  if (kind >= kFirstInterval) return push_bar(shard, mark);
  switch (static_cast<Channel>(kind)) {
    case Channel::kQuote:
      return push_one(cache_->quote(instrument));
    case Channel::kBook:
      return push_one(cache_->book(instrument));
    case Channel::kTicker:
      return push_one(cache_->ticker(instrument));
    case Channel::kStatus:
      return push_one(cache_->status(instrument));
    case Channel::kTrade:
    case Channel::kBar:
      break;
  }
  TICKGATE_CHECK(false && "only state ticks are marked");
  return true;
}

void RingFan::flush() {
  if (settle_) settle_();
  if (first_ != nullptr) first_->flush();
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    Shard& shard = shards_[i];
    const bool first_waits = first_ != nullptr && first_->shards_[i].waits();
    while (!first_waits && !shard.news.empty() && push_news(shard, shard.news.front())) {
      shard.news.pop_front();
    }
    if (shard.news.empty() && !first_waits) {
      shard.forgotten.pop_changed([&](std::uint32_t mark) { return push_forgotten(shard, mark); });
    }
    if (shard.news.empty() && shard.forgotten.empty() && !first_waits) {
      shard.dirty.pop_changed([&](std::uint32_t mark) { return push_newest(shard, mark); });
      shard.gapped.pop_changed(
          [&](std::uint32_t instrument) { return announce_gap(shard, instrument); });
    }
    if (!shard.pushed) continue;
    shard.pushed = false;
    shard.link.doorbell->ring();
    // It may idle: but not through a status, nor until the ring is full.
    const bool urgent = std::exchange(shard.urgent, false);
    if (urgent || shard.link.ring->used_bytes() > shard.link.ring->capacity() / 2) {
      shard.link.doorbell->alarm();
    }
  }
}

bool RingFan::waiting() const {
  return std::any_of(shards_.begin(), shards_.end(),
                     [](const Shard& shard) { return shard.waits() || !shard.gapped.empty(); });
}

}  // namespace tickgate::feeds
