// SPDX-License-Identifier: Apache-2.0
#include "feeds/delay/delay_line.h"

#include <algorithm>
#include <utility>

#include "schemas/check.h"

namespace tickgate::feeds {
namespace {

// Records of one ring, and of one lane, in one turn.
constexpr std::size_t kTurn = 8'192;
// In the place of a record's source: it has no bytes, and the source stands still or moves again.
constexpr std::uint32_t kStill = 1U << 30U, kMoves = 1U << 31U;

}  // namespace

absl::StatusOr<std::unique_ptr<DelayLine>> DelayLine::make(DelaySettings settings) {
  TICKGATE_CHECK(!settings.delays.empty() && settings.delays.size() <= kMostDelays);
  auto log = DelayLog::make(settings.bytes, settings.directory, settings.delays.size());
  if (!log.ok()) return log.status();
  return std::unique_ptr<DelayLine>(new DelayLine(std::move(settings), *std::move(log)));
}

ShardLink DelayLine::add_source(const std::vector<std::vector<ShardLink>>& lanes) {
  TICKGATE_CHECK(sources_.size() < kMostSources && lanes.size() == settings_.delays.size());
  Source& source = *sources_.emplace_back(std::make_unique<Source>());
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    source.lanes.push_back(std::make_unique<DelayLane>(lanes[i], settings_.delays[i]));
  }
  return {&source.ring, &doorbell_, &source.no_room};
}

bool DelayLine::turn(const Clock& clock, schemas::Timestamp wall) {
  bool more = false;
  for (std::uint32_t i = 0; i < sources_.size(); ++i) {
    watch_source(i, clock());
    more = take_in(i, clock, wall) || more;
  }
  const auto now = clock();
  for (std::size_t delay = 0; delay < settings_.delays.size(); ++delay) {
    more = give_out(delay, now) || more;
    for (const auto& source : sources_) source->lanes[delay]->flush(now);
  }
  used_.set(static_cast<std::int64_t>(log_->used_bytes()));
  return more;
}

// Its pauses are said in the order of what it says, as far as that is known.
void DelayLine::watch_source(std::uint32_t index, Beat::Moment now) {
  Source& source = *sources_[index];
  if (source.beat == nullptr) return;
  const bool beats = source.beat->age(now) <= Beat::kLimit;
  const auto pauses = source.beat->pauses();
  if (!source.still && (!beats || pauses != source.pauses)) {
    if (!log_->append({now.count(), index | kStill, {}})) return;  // the next turn tries again
    source.still = true;
  }
  source.pauses = pauses;
  if (source.still && beats && log_->append({now.count(), index | kMoves, {}})) {
    source.still = false;
  }
}

// The moment is read behind the look at what the ring holds: nothing is noted before it was pushed.
// What the log has no room for stays in the ring.
bool DelayLine::take_in(std::uint32_t index, const Clock& clock, schemas::Timestamp wall) {
  Source& source = *sources_[index];
  const auto most = std::min(kTurn, log_->room_for());
  Beat::Moment now{-1};
  const auto taken = source.ring.drain_records(
      [&](DelayLog::Bytes record) {
        if (now.count() < 0) now = clock();
        if (const auto* const instrument = TickReader::announced(record)) {
          for (const auto& lane : source.lanes) lane->foretell(*instrument, wall);
        } else if (const auto epoch = TickReader::epoch(record)) {
          for (const auto& lane : source.lanes) lane->foretell(*epoch);
        }
        const bool kept = log_->append({now.count(), index, record});
        TICKGATE_CHECK(kept && "there was room");
      },
      most);
  return taken > 0 && taken == most;
}

bool DelayLine::give_out(std::size_t delay, Beat::Moment now) {
  const auto due = (now - std::chrono::seconds(settings_.delays[delay])).count();
  std::int64_t last = due;
  std::size_t given = 0;
  for (; given < kTurn; ++given) {
    const auto record = log_->next(delay);
    if (!record || record->at > due) break;
    last = record->at;
    give(*record, delay, now);
    log_->pop(delay);
  }
  lags_[delay].set(given > 0 ? due - last : 0);
  return given == kTurn;
}

void DelayLine::give(const DelayLog::Record& record, std::size_t delay, Beat::Moment now) {
  const auto source = record.source & ~(kStill | kMoves);
  DelayLane& lane = *sources_[source]->lanes[delay];
  if (!record.bytes.empty()) return reader_.visit(record.bytes, lane);
  (record.source & kStill) != 0 ? lane.stand_still(now) : lane.move_again();
}

std::uint64_t DelayLine::postponed() const {
  std::uint64_t sum = 0;
  for (const auto& source : sources_) {
    sum += source->no_room.postponed.value();
    for (const auto& lane : source->lanes) sum += lane->fan().postponed().value();
  }
  return sum;
}

std::uint64_t DelayLine::trades_lost() const {
  std::uint64_t sum = 0;
  for (const auto& source : sources_) {
    sum += source->no_room.trades_lost.value();
    for (const auto& lane : source->lanes) sum += lane->fan().trades_lost().value();
  }
  return sum;
}

}  // namespace tickgate::feeds
