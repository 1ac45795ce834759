// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "feeds/nats/link.h"
#include "feeds/nats/nats_client.h"
#include "feeds/nats/stream_spec.h"

// What JetStream is asked over a connection; each waits for its answer. What they promise stands at
// NatsClient.
namespace tickgate::feeds {

absl::StatusOr<bool> ensure_stream(Link& link, const StreamSpec& spec,
                                   std::chrono::milliseconds wait);
absl::StatusOr<StreamInfo> stream_info(Link& link, const std::string& stream,
                                       std::chrono::milliseconds wait);
absl::StatusOr<StreamLimits> stream_limits(Link& link, std::chrono::milliseconds wait);

// `last`: the sequence that the subject's last message must have, 0: there must be none.
absl::StatusOr<std::uint64_t> publish_acked(Link& link, std::string_view subject,
                                            std::string_view payload,
                                            std::optional<std::uint64_t> last,
                                            std::chrono::milliseconds wait);
absl::StatusOr<NatsClient::Stored> last_stored(Link& link, const std::string& stream,
                                               const std::string& subject,
                                               std::chrono::milliseconds wait);
absl::Status erase(Link& link, const std::string& stream, std::uint64_t stream_seq,
                   std::chrono::milliseconds wait);

}  // namespace tickgate::feeds
