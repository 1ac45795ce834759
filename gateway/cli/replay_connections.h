// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/capture/capture.h"
#include "feeds/publish/publisher.h"
#include "gateway/cli/replay_events.h"
#include "gateway/cli/replay_inputs.h"
#include "gateway/cli/replay_states.h"

namespace tickgate::gateway {

// The connections of a replay, each with an adapter of its own, by file, venue and number. An
// `open` of one that is open already is a reconnect. A file that begins after another one's end may
// be a further piece of the same: its connections are new ones, but of the adapters that had their
// numbers before, so that sequences go on. One thread.
class ReplayConnections {
 public:
  // kUnread: the venue's adapter does not read such records.
  enum class Outcome : std::uint8_t { kPlayed, kUnread, kUnknownVenue };

  // `publisher` outlives this.
  ReplayConnections(feeds::GapPolicy gaps, feeds::Publisher& publisher,
                    ReplayEvents::AnomalyHook on_anomaly,
                    ReplayStates::QuarantineHook on_quarantined = {});

  // Those of files that have ended are lost.
  void end_those_of(const ReplayInputs& inputs);
  Outcome play(const feeds::CaptureRecord& record, std::size_t file);

  const ReplayCounters& counters() const { return counters_; }
  const auto& quarantined() const { return states_.quarantined(); }
  std::string_view symbol(schemas::InstrumentId id) const { return registry_.at(id).symbol; }
  // "binance, coinbase or kraken"
  static std::string known_venues();

 private:
  struct Stream {
    Stream(feeds::Publisher& publisher, ReplayStates& states, ReplayCounters& counters,
           const ReplayEvents::AnomalyHook& hook)
        : events(publisher, states, counters, hook) {}

    ReplayEvents events;
    std::string venue;
    std::optional<std::size_t> file;    // absent once that has ended
    std::optional<std::uint32_t> conn;  // absent until it carries more than answers
    bool connected = false;
    std::unique_ptr<feeds::VenueAdapter> adapter;
  };

  Stream* stream_of(const feeds::CaptureRecord& record, std::size_t file);
  Stream* find(const feeds::CaptureRecord& record, std::size_t file);
  Stream* add_stream(const feeds::CaptureRecord& record);
  void connect(Stream& stream, schemas::Timestamp now);
  void disconnect(Stream& stream);

  feeds::AdapterSettings settings_;
  schemas::InstrumentRegistry registry_;
  feeds::Publisher& publisher_;
  ReplayStates states_;
  ReplayCounters counters_;
  ReplayEvents::AnomalyHook anomaly_hook_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::uint32_t openings_ = 0;
  std::size_t ended_files_ = 0;
};

}  // namespace tickgate::gateway
