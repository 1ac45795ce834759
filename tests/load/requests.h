// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/net/url.h"
#include "gateway/websocket/opcode.h"

// What a client sends.
namespace tickgate::load {

// Subscriptions beyond this go into a further request: the gateway's messages have a limit.
inline constexpr std::size_t kLongestRequest = 32 * 1024;

// RFC 6455, 4.1. The key is the RFC's own example, its answer kUpgradeAnswer. With a `token` it is
// shown as a bearer's.
std::string upgrade_request(const feeds::Url& url, std::string_view token);
inline constexpr std::string_view kUpgradeAnswer = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

// A masked frame. The mask is always the same: nothing here can be tricked by a payload.
std::string client_frame(gateway::Opcode opcode, std::string_view payload);

struct SubscriptionTexts {
  std::string_view channel;
  std::uint32_t interval_ms = 0;
};
// Frames of requests with ids from 1 on; their number is added to `requests`.
std::string subscribe_frames(const SubscriptionTexts& texts,
                             const std::vector<std::string>& symbols, std::uint32_t& requests);
std::string subscribe_frame(const SubscriptionTexts& texts, std::string_view symbol,
                            std::uint32_t id);
std::string unsubscribe_frame(const SubscriptionTexts& texts, std::string_view symbol,
                              std::uint32_t id);

}  // namespace tickgate::load
