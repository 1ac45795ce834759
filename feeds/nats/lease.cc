// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/lease.h"

#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "schemas/json.h"

namespace tickgate::feeds {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kBegin = "{\"ingest\":";

std::int64_t wall_microseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// Two that were given one name by mistake are two, hence the number.
std::string value_of(const std::string& holder) {
  std::random_device random;
  std::string value(kBegin);
  schemas::append_json_string(value, holder);
  absl::StrAppend(&value, ",\"since\":", wall_microseconds(), ",\"id\":\"",
                  absl::Hex(random(), absl::kZeroPad8), absl::Hex(random(), absl::kZeroPad8),
                  "\"}");
  return value;
}

std::string holder_in(std::string_view value) {
  constexpr std::size_t kMost = 100;
  if (value.starts_with(kBegin)) value = value.substr(kBegin.size());
  return std::string(value.substr(0, std::min(value.find(','), kMost)));
}

bool is_no_answer(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

}  // namespace

Lease::Lease(NatsClient& client, std::string bucket, std::string holder, int replicas)
    : client_(&client),
      holder_(std::move(holder)),
      stream_(absl::StrCat("KV_", bucket)),
      subject_(absl::StrCat("$KV.", bucket, ".lease")),
      bucket_(std::move(bucket)),
      replicas_(replicas) {}

// The try itself says whether there is a holder. Whose it is is read but seldom: a server of 2.9.10
// that reads a value at the very moment at which it runs out may end by that.
absl::StatusOr<std::uint64_t> Lease::take(std::uint64_t above) {
  held_ = false;
  if (!doubt_) value_ = value_of(holder_);
  auto stored = client_->publish_if_last(subject_, value_, 0, kWait);
  if (absl::IsUnavailable(stored.status()) && is_gone()) {
    if (const auto made = make_bucket(); !made.ok()) return made;
    stored = client_->publish_if_last(subject_, value_, 0, kWait);
  }
  if (absl::IsFailedPrecondition(stored.status())) return refused(above);
  if (!stored.ok()) {
    doubt_ = doubt_ || is_no_answer(stored.status());
    return stored.status();
  }
  return begin(*stored, above);
}

absl::StatusOr<std::uint64_t> Lease::refused(std::uint64_t above) {
  const auto now = Clock::now();
  if (doubt_ || other_.empty() || now - looked_ > kLook) {
    const auto last = client_->last_stored(stream_, subject_, kWait);
    if (is_no_answer(last.status())) return last.status();
    if (last.ok() && last->payload == value_) return begin(last->stream_seq, above);
    doubt_ = false;
    looked_ = now;
    other_ = last.ok() ? holder_in(last->payload) : std::string();
  }
  return absl::AlreadyExistsError(other_.empty() ? "another was quicker" : other_);
}

std::uint64_t Lease::begin(std::uint64_t revision, std::uint64_t above) {
  revision_ = revision;
  fence_ = revision > above ? revision : above + revision;
  held_ = true;
  doubt_ = false;
  other_.clear();
  return fence_;
}

Lease::Held Lease::renew() {
  if (!held_) return Held::kLost;
  const auto stored = client_->publish_if_last(subject_, value_, revision_, kWait);
  if (stored.ok()) {
    revision_ = *stored;
    return Held::kMine;
  }
  // Nobody can have it in a bucket that is not there: who takes it makes the bucket.
  if (absl::IsUnavailable(stored.status()) && is_gone()) return lose();
  if (is_no_answer(stored.status())) return Held::kUnconfirmed;
  return look();
}

// A renewal that failed may have been stored all the same.
Lease::Held Lease::look() {
  const auto last = client_->last_stored(stream_, subject_, kWait);
  if (last.ok() && last->payload == value_) {
    revision_ = last->stream_seq;
    return Held::kMine;
  }
  if (is_no_answer(last.status())) return Held::kUnconfirmed;
  return lose();
}

Lease::Held Lease::lose() {
  held_ = false;
  return Held::kLost;
}

void Lease::release() {
  if (!std::exchange(held_, false)) return;
  // Only what we wrote: another's has another sequence. Without an answer it runs out.
  (void)client_->erase(stream_, revision_, kWait);
}

// Says so only where a server answered that there is no such stream.
bool Lease::is_gone() {
  return client_->connected() && absl::IsNotFound(client_->stream_info(stream_).status());
}

// A bucket of the key-value store as others make it, too. In files: a fence that begins anew after
// a restart would shut the edges to every later holder.
absl::Status Lease::make_bucket() {
  StreamSpec spec;
  spec.name = stream_;
  spec.subjects = {absl::StrCat("$KV.", bucket_, ".>")};
  spec.in_memory = false;
  spec.per_subject = 1;
  spec.age = kTtl;
  spec.replicas = replicas_;
  return client_->ensure_stream(spec).status();
}

}  // namespace tickgate::feeds
