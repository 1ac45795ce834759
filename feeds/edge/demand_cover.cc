// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/demand_cover.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"

namespace tickgate::feeds {

using schemas::Instrument;
using schemas::InstrumentId;

void DemandCover::appear(const Instrument& instrument) {
  const auto index = instrument.id.value();
  if (index >= of_.size()) of_.resize(index + std::size_t{1});
  if (of_[index].instrument != nullptr) return;
  const auto venue = std::string_view(instrument.symbol).substr(0, instrument.symbol.find(':'));
  const auto [found, fresh] = by_name_.try_emplace(venue, venues_.size());
  if (fresh) venues_.emplace_back().pattern = std::string(venue) + ":*";
  venues_[found->second].instruments.push_back(instrument.id);
  of_[index] = {&instrument, found->second, 0, 0};
}

void DemandCover::remove(const Instrument& instrument, Changes& changes) {
  const auto index = instrument.id.value();
  if (index >= of_.size() || of_[index].instrument == nullptr) return;
  Of& of = of_[index];
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    left_.erase(key(index, lane));
    if ((of.held >> lane & 1U) != 0) let_go(of, lane, changes);
  }
  std::erase(venues_[of.venue].instruments, instrument.id);
  of = {};
}

void DemandCover::update(std::uint32_t index, Lanes lanes, Moment now, Changes& changes) {
  Of& of = of_[index];
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    const auto bit = static_cast<Lanes>(1U << lane);
    const bool wants = (lanes & bit) != 0, wanted = (of.wanted & bit) != 0;
    const bool held = (of.held & bit) != 0;
    if (wants && !held) hold(of, lane, changes);
    if (wants && held && !wanted) left_.erase(key(index, lane));
    if (!wants && wanted) left_[key(index, lane)] = now;
    if (wants || !held) continue;
    const auto left = left_.find(key(index, lane));
    if (left == left_.end() || now - left->second < linger_) continue;
    left_.erase(left);
    let_go(of, lane, changes);
  }
  of.wanted = lanes;
}

void DemandCover::hold(Of& of, std::size_t lane, Changes& changes) {
  of.held |= static_cast<Lanes>(1U << lane);
  Venue& venue = venues_[of.venue];
  ++venue.held[lane];
  if (!venue.by_pattern[lane]) changes.subjects.push_back({true, lane, of.instrument->symbol});
}

void DemandCover::let_go(Of& of, std::size_t lane, Changes& changes) {
  of.held &= static_cast<Lanes>(~(1U << lane));
  Venue& venue = venues_[of.venue];
  --venue.held[lane];
  if (venue.by_pattern[lane]) return;
  changes.subjects.push_back({false, lane, of.instrument->symbol});
  changes.forgotten.emplace_back(of.instrument->id, lane);
}

void DemandCover::settle(Changes& changes) {
  for (Venue& venue : venues_) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const auto held = venue.held[lane];
      if (!venue.by_pattern[lane]) {
        if (held >= kPatternFrom && held * 2 >= venue.instruments.size()) {
          begin_pattern(venue, lane, changes);
        }
      } else if (held < kPatternFrom / 2 || held * 4 < venue.instruments.size()) {
        end_pattern(venue, lane, changes);
      }
    }
  }
}

// Between the two subscriptions some may come twice: the merge drops them.
void DemandCover::begin_pattern(Venue& venue, std::size_t lane, Changes& changes) {
  venue.by_pattern[lane] = true;
  absl::flat_hash_set<std::string> not_begun;
  const std::string_view front =
      std::string_view(venue.pattern).substr(0, venue.pattern.size() - 1);
  std::erase_if(changes.subjects, [&](const Change& change) {
    return change.subscribe && change.lane == lane && change.symbol.starts_with(front) &&
           not_begun.insert(change.symbol).second;
  });
  changes.subjects.push_back({true, lane, venue.pattern});
  for (const auto id : venue.instruments) {
    const Of& of = of_[id.value()];
    if ((of.held >> lane & 1U) == 0 || not_begun.contains(of.instrument->symbol)) continue;
    changes.subjects.push_back({false, lane, of.instrument->symbol});
  }
}

void DemandCover::end_pattern(Venue& venue, std::size_t lane, Changes& changes) {
  venue.by_pattern[lane] = false;
  for (const auto id : venue.instruments) {
    const Of& of = of_[id.value()];
    if ((of.held >> lane & 1U) != 0) {
      changes.subjects.push_back({true, lane, of.instrument->symbol});
    } else {
      changes.forgotten.emplace_back(id, lane);
    }
  }
  changes.subjects.push_back({false, lane, venue.pattern});
}

bool DemandCover::covers(InstrumentId instrument, std::size_t lane) const {
  if (instrument.value() >= of_.size()) return false;
  const Of& of = of_[instrument.value()];
  if (of.instrument == nullptr) return false;
  return (of.held >> lane & 1U) != 0 || venues_[of.venue].by_pattern[lane];
}

std::size_t DemandCover::subjects() const {
  std::size_t count = 0;
  for_each_subject([&](std::size_t, const std::string&, bool) { ++count; });
  return count;
}

}  // namespace tickgate::feeds
