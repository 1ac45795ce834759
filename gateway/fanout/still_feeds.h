// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "schemas/check.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// What a shard says by itself while the thread behind one of its rings stands still: that what was
// live is stale. What the feeds say meanwhile is kept, and shown when the thread moves again. Its
// statuses are numbered on from the feeds' own, so that a client's never go back. Pure.
class StillFeeds {
 public:
  static constexpr std::size_t kMostSources = 16;  // rings of one shard

  void belongs(schemas::InstrumentId id, std::size_t source) {
    TICKGATE_CHECK(source < kMostSources);
    if (id.value() >= source_.size()) source_.resize(id.value() + std::size_t{1}, kNone);
    source_[id.value()] = static_cast<std::uint8_t>(source);
  }
  void forget(schemas::InstrumentId id) {
    if (id.value() >= source_.size() || source_[id.value()] == kNone) return;
    sources_[source_[id.value()]].said.erase(id.value());
    source_[id.value()] = kNone;
  }
  bool stands_still(schemas::InstrumentId id) const { return of(id).still; }

  // What a feed said, as it is to be shown.
  schemas::InstrumentStatus shown(const schemas::InstrumentStatus& said) {
    const auto id = said.header.instrument;
    Source& source = sources_[source_of(id)];
    if (source.still) source.said[id.value()] = said;
    return dressed(source, said);
  }

  // From now on; show(InstrumentStatus) for each that was shown as `shown` and changes by it. `now`
  // is our wall clock.
  template <typename Statuses, typename Show>
  void begin(std::size_t index, schemas::Timestamp now, const Statuses& statuses, Show&& show) {
    Source& source = sources_[index];
    const auto numbered = source.extra++;
    source.still = true;
    source.since = now;
    for (std::uint32_t i = 0; i < source_.size(); ++i) {
      const schemas::InstrumentId id{i};
      const auto* const status = source_[i] == index ? statuses.status(id) : nullptr;
      if (status == nullptr) continue;
      auto said = *status;
      said.header.sequence = schemas::SequenceNumber{said.header.sequence.value() - numbered};
      source.said[i] = said;
      if (is_live(said)) show(dressed(source, said));
    }
  }
  // It moves again, and all that it had said is here.
  template <typename Show>
  void end(std::size_t index, Show&& show) {
    Source& source = sources_[index];
    source.still = false;
    ++source.extra;
    for (const auto& [id, said] : source.said) {
      if (is_live(said)) show(dressed(source, said));
    }
    source.said.clear();
  }

 private:
  static constexpr std::uint8_t kNone = UINT8_MAX;

  struct Source {
    bool still = false;
    schemas::Timestamp since;
    std::uint64_t extra = 0;  // statuses beyond the feeds' own: one each time it begins or ends
    absl::flat_hash_map<std::uint32_t, schemas::InstrumentStatus> said;  // only while it is still
  };

  std::size_t source_of(schemas::InstrumentId id) const {
    const bool known = id.value() < source_.size() && source_[id.value()] != kNone;
    return known ? source_[id.value()] : 0;
  }
  const Source& of(schemas::InstrumentId id) const { return sources_[source_of(id)]; }
  static bool is_live(const schemas::InstrumentStatus& status) {
    return status.state == schemas::State::kLive || status.quote_state == schemas::State::kLive;
  }
  static schemas::InstrumentStatus dressed(const Source& source, schemas::InstrumentStatus said) {
    constexpr std::string_view kReason = "the feed's thread stands still";
    said.header.sequence = schemas::SequenceNumber{said.header.sequence.value() + source.extra};
    if (!source.still) return said;
    if (said.state == schemas::State::kLive) {
      said.state = schemas::State::kStale;
      said.since = source.since;
      said.reason = kReason;
    }
    if (said.quote_state == schemas::State::kLive) {
      said.quote_state = schemas::State::kStale;
      said.quote_since = source.since;
      said.quote_reason = kReason;
    }
    return said;
  }

  std::array<Source, kMostSources> sources_;
  std::vector<std::uint8_t> source_;  // by instrument
};

}  // namespace tickgate::gateway
