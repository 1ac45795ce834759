// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/nats_cluster.h"

#include <utility>

#include "feeds/log/log.h"

namespace tickgate::feeds {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kHeartbeatWait{300};
// A leader that is gone published nothing a moment ago: what it published is in the stream.
constexpr milliseconds kSettle{20};

}  // namespace

NatsCluster::NatsCluster(NatsClient& client, const IngestSettings& settings)
    : client_(client),
      settings_(settings),
      subjects_(settings.subject_prefix),
      lease_link_(client, settings.nats),
      lease_(client, subjects_.bucket(), settings.name, static_cast<int>(settings.replicas)) {}

NatsCluster::~NatsCluster() = default;

// What another connection found says nothing of this one's server.
std::optional<absl::StatusOr<unsigned>> NatsCluster::ensure_streams() {
  const auto connects = client_.connects();
  if (std::exchange(ensured_at_, connects) != connects) making_.forget();
  return making_.ask([this] { return make_streams(); });
}

absl::StatusOr<unsigned> NatsCluster::make_streams() {
  StreamSpec last;
  last.name = subjects_.last_stream();
  last.subjects = subjects_.last_subjects();
  last.per_subject = 1;
  StreamSpec trades;
  trades.name = subjects_.trades_stream();
  trades.subjects = subjects_.trade_subjects();
  trades.in_memory = !settings_.trades_on_disk;
  trades.bytes = static_cast<std::int64_t>(settings_.trades_bytes);
  trades.age = settings_.trades_age;
  unsigned made = 0;
  for (StreamSpec* const spec : {&last, &trades}) {
    spec->replicas = static_cast<int>(settings_.replicas);
    const auto ensured = client_.ensure_stream(*spec);
    if (!ensured.ok()) return ensured.status();
    if (*ensured) ++made;
  }
  if (!std::exchange(warned_, true)) warn_of_limits();
  return made;
}

// What a client can see of a server that will not do.
void NatsCluster::warn_of_limits() {
  const auto limits = client_.stream_limits();
  if (!limits.ok()) return;
  const auto trades = static_cast<std::int64_t>(settings_.trades_bytes);
  const bool small = !settings_.trades_on_disk && limits->memory >= 0 && limits->memory <= trades;
  if (small) {
    log::warning("feeds.ingest", "the server keeps less in memory than trades_memory alone takes",
                 {{"bytes", limits->memory}, {"trades_memory", trades}});
  }
}

std::optional<absl::StatusOr<std::uint64_t>> NatsCluster::trades_end() {
  return looking_.ask([this]() -> absl::StatusOr<std::uint64_t> {
    const auto info = client_.stream_info(subjects_.trades_stream());
    if (!info.ok()) return info.status();
    return info->last_seq;
  });
}

absl::StatusOr<std::uint64_t> NatsCluster::take(std::uint64_t above) {
  renewing_.forget();
  const std::lock_guard lock(lease_mutex_);
  lease_.use(lease_link_.client());
  return lease_.take(above);
}

std::optional<Lease::Held> NatsCluster::renew() {
  return renewing_.ask([this] {
    const std::lock_guard lock(lease_mutex_);
    lease_.use(lease_link_.client());
    return lease_.renew();
  });
}

void NatsCluster::release() {
  renewing_.forget();
  const std::lock_guard lock(lease_mutex_);
  lease_.release();
}

void NatsCluster::begin_to_read() {
  reading_.begin([this] { return read_all(); });
}

std::optional<absl::StatusOr<ClusterNumbers>> NatsCluster::read() { return reading_.result(); }

absl::StatusOr<ClusterNumbers> NatsCluster::read_all() {
  ClusterNumbers numbers;
  WordReader reader;
  std::uint64_t trades = 0;
  if (auto status = read_stream(subjects_.last_stream(), reader, numbers, numbers.values);
      !status.ok()) {
    return status;
  }
  if (auto status = read_stream(subjects_.trades_stream(), reader, numbers, trades); !status.ok()) {
    return status;
  }
  return numbers;
}

absl::Status NatsCluster::read_stream(const std::string& stream, WordReader& reader,
                                      ClusterNumbers& numbers, std::uint64_t& messages) {
  ReadSpec spec;
  spec.stream = stream;
  spec.subject = subjects_.prefix() + ".>";
  spec.settle = kSettle;
  return client_.read(spec, [&](const NatsClient::Message& message) {
    ++messages;
    const auto word = reader.stored(message.payload);
    if (word.has_value()) merge(*word, numbers);
  });
}

void NatsCluster::say_heartbeat(const Stamp& stamp) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const schemas::Timestamp time{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
  const auto steady = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
  text_.set(stamp);
  saying_.begin([this, text = std::string(text_.heartbeat(settings_.name, time, steady))] {
    return client_.publish_acked(subjects_.heartbeat(), text, kHeartbeatWait);
  });
}

std::optional<absl::StatusOr<std::uint64_t>> NatsCluster::receipt() { return saying_.result(); }

void NatsCluster::say_venues(const Stamp& stamp, std::string_view list) {
  text_.set(stamp);
  const auto said = client_.publish(subjects_.venues(), text_.venues(list));
  if (!said.ok()) {
    log::debug("feeds.ingest", "venues not said", {{"error", schemas::to_std(said.message())}});
  }
}

}  // namespace tickgate::feeds
