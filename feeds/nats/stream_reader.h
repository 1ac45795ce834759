// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "feeds/nats/link.h"
#include "feeds/nats/nats_client.h"
#include "feeds/nats/receivers.h"

namespace tickgate::feeds {

// Where a message of a consumer stands, as its reply subject says.
struct ConsumerPosition {
  std::uint64_t stream_seq = 0;
  std::uint64_t consumer_seq = 0;  // 1, 2, 3 …: one that is missing was lost on its way
  std::uint64_t pending = 0;       // how many more there are
};
// nullopt: no such reply. Old and new servers spell it differently.
std::optional<ConsumerPosition> consumer_position(std::string_view reply);

// See NatsClient::read(). `wait`: for the answers to making and removing the consumer.
absl::Status read_stream(Link& link, Receivers& receivers, const ReadSpec& spec,
                         NatsClient::OnMessage on_message, std::chrono::milliseconds wait);

}  // namespace tickgate::feeds
