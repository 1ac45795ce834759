// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/ingest.h"

#include <utility>

#include "feeds/ingest/ingest_threads.h"

namespace tickgate::feeds {

absl::StatusOr<std::unique_ptr<Ingest>> Ingest::make(IngestSettings settings, IngestHooks hooks) {
  if (auto status = Subjects::check_prefix(settings.subject_prefix); !status.ok()) return status;
  // What a change of the connection means the control sees by itself, each 20 ms.
  auto client = NatsClient::make(settings.nats, [](NatsClient::Change) {});
  if (!client.ok()) return client.status();
  return std::unique_ptr<Ingest>(new Ingest(
      std::make_unique<Threads>(std::move(settings), std::move(hooks), *std::move(client))));
}

Ingest::Ingest(std::unique_ptr<Threads> threads) : threads_(std::move(threads)) {}
Ingest::~Ingest() = default;

ShardLink Ingest::add_source() { return threads_->add_source(); }
void Ingest::watch(const Beat& beat) { threads_->watch(beat); }
void Ingest::start() { threads_->start(); }
void Ingest::stop() { threads_->stop(); }
void Ingest::take_epoch(std::string epoch) { threads_->take_epoch(std::move(epoch)); }
IngestStatus Ingest::status() const { return threads_->status(); }
const IngestCounters& Ingest::counters() const { return threads_->counters(); }
std::uint64_t Ingest::postponed() const { return threads_->postponed(); }
std::uint64_t Ingest::trades_lost_in_rings() const { return threads_->trades_lost_in_rings(); }

}  // namespace tickgate::feeds
