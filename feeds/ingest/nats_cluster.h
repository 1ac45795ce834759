// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "feeds/ingest/beside.h"
#include "feeds/ingest/ingest_settings.h"
#include "feeds/ingest/leadership.h"
#include "feeds/ingest/lease_link.h"
#include "feeds/nats/nats_client.h"
#include "feeds/nats/subject.h"

namespace tickgate::feeds {

// What leading takes, of a NATS server: streams, lease, heartbeat. What waits for an answer has a
// thread each, so that nothing waits for another: the lease is renewed while streams are read, and
// heartbeats go on whatever does not answer. Everything else is the calling thread's.
class NatsCluster final : public Cluster {
 public:
  // Both outlive it.
  NatsCluster(NatsClient& client, const IngestSettings& settings);
  ~NatsCluster() override;

  bool connected() const override { return client_.connected(); }
  std::uint64_t connects() const override { return client_.connects(); }
  std::optional<absl::StatusOr<unsigned>> ensure_streams() override;
  std::optional<absl::StatusOr<std::uint64_t>> trades_end() override;
  absl::StatusOr<std::uint64_t> take(std::uint64_t above) override;
  std::optional<Lease::Held> renew() override;
  void release() override;
  void begin_to_read() override;
  std::optional<absl::StatusOr<ClusterNumbers>> read() override;
  void say_heartbeat(const Stamp& stamp) override;
  std::optional<absl::StatusOr<std::uint64_t>> receipt() override;

  // Not acknowledged: the next one comes soon. `list` is the JSON array of /v1/venues.
  void say_venues(const Stamp& stamp, std::string_view list);

 private:
  absl::StatusOr<unsigned> make_streams();
  absl::StatusOr<ClusterNumbers> read_all();
  absl::Status read_stream(const std::string& stream, WordReader& reader, ClusterNumbers& numbers,
                           std::uint64_t& messages);
  void warn_of_limits();

  NatsClient& client_;
  const IngestSettings& settings_;
  Subjects subjects_;
  TickText text_;
  std::uint64_t ensured_at_ = 0;  // of connects()
  bool warned_ = false;           // of making_'s thread

  // Guards the lease: it is taken and given up on the caller's thread.
  std::mutex lease_mutex_;
  LeaseLink lease_link_;
  Lease lease_;

  // The last: their threads use all of the above.
  Beside<absl::StatusOr<unsigned>> making_{"ingest-streams"};
  Beside<absl::StatusOr<std::uint64_t>> looking_{"ingest-look"};
  Beside<absl::StatusOr<ClusterNumbers>> reading_{"ingest-read"};
  Beside<absl::StatusOr<std::uint64_t>> saying_{"ingest-beat"};
  Beside<Lease::Held> renewing_{"ingest-lease"};
};

}  // namespace tickgate::feeds
