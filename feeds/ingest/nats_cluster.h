// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "feeds/ingest/ingest_settings.h"
#include "feeds/ingest/leadership.h"
#include "feeds/nats/nats_client.h"
#include "feeds/nats/subject.h"

namespace tickgate::feeds {

// What leading takes, of a NATS server: streams, lease, heartbeat. The streams are read on a thread
// of its own, so that the lease is renewed meanwhile. Everything else is the calling thread's.
class NatsCluster final : public Cluster {
 public:
  // All outlive it.
  NatsCluster(NatsClient& client, const IngestSettings& settings);
  ~NatsCluster() override;

  bool connected() const override { return client_.connected(); }
  std::uint64_t connects() const override { return client_.connects(); }
  absl::StatusOr<unsigned> ensure_streams() override;
  absl::StatusOr<std::uint64_t> trades_end() override;
  absl::StatusOr<std::uint64_t> take(std::uint64_t above) override { return lease_.take(above); }
  Lease::Held renew() override { return lease_.renew(); }
  void release() override { lease_.release(); }
  void begin_to_read() override;
  std::optional<absl::StatusOr<ClusterNumbers>> read() override;
  absl::StatusOr<std::uint64_t> say_heartbeat(const Stamp& stamp) override;

  // Not acknowledged: the next one comes soon. `list` is the JSON array of /v1/venues.
  void say_venues(const Stamp& stamp, std::string_view list);

 private:
  void run_reader();
  absl::StatusOr<ClusterNumbers> read_all();
  absl::Status read_stream(const std::string& stream, WordReader& reader, ClusterNumbers& numbers,
                           std::uint64_t& messages);
  void warn_of_limits();

  NatsClient& client_;
  const IngestSettings& settings_;
  Subjects subjects_;
  Lease lease_;
  TickText text_;
  bool warned_ = false;

  // Of the reader: what is wanted, what is there, by the number of the wish.
  std::mutex mutex_;
  std::condition_variable wakes_;
  std::uint64_t wanted_ = 0, done_ = 0;
  bool ends_ = false;
  std::optional<absl::StatusOr<ClusterNumbers>> result_;
  std::thread reader_;
};

}  // namespace tickgate::feeds
