// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "gateway/protocol/error_code.h"
#include "schemas/ids.h"
#include "schemas/interval.h"

namespace tickgate::gateway {

// The requests of schemas/protocol.md, checked in form: known keys only, each of its type and in
// its range. Whether a symbol exists is the fan-out's to say.

// What a client saw last, of one run: the sequence number of the newest trade of each symbol.
struct TradesSeen {
  std::string epoch;
  std::unordered_map<std::string, std::uint64_t> seq;  // 0..kMaxSequence; 0: none of this run
};

struct SubscribeRequest {
  schemas::Channel channel{};
  std::vector<std::string> symbols;
  std::uint8_t depth = 25;           // of a book, 1..25
  std::uint32_t interval_ms = 0;     // 0..60000
  bool stamps = false;               // each object says when its frame was composed
  schemas::Interval interval{};      // of a bar
  std::uint32_t history = 0;         // of a bar: closed ones to begin with, 0..kMaxHistory
  std::optional<TradesSeen> from{};  // of trades: go on behind these; of symbols asked for only
};
struct UnsubscribeRequest {
  schemas::Channel channel{};
  std::vector<std::string> symbols;
  std::optional<schemas::Interval> interval{};  // of a bar; nullopt: all
};
struct ListRequest {};
struct PingRequest {
  std::string echo;  // at most kMaxEcho bytes
};

struct AuthRequest {
  std::string token;  // a secret; at most kMaxToken bytes
};

struct ClientRequest {
  std::string id;  // as JSON, to be echoed: 5, "a", or null when the client gave none
  std::variant<SubscribeRequest, UnsubscribeRequest, ListRequest, PingRequest, AuthRequest> what;
};

// `message` is for people.
struct RequestError {
  std::string id;
  ErrorCode code{};
  std::string message;
};

inline constexpr std::size_t kMaxRequestId = 64;
inline constexpr std::size_t kMaxEcho = 1024;
inline constexpr std::size_t kMaxToken = 8192;
inline constexpr std::uint32_t kMaxIntervalMs = 60'000;
inline constexpr std::uint32_t kMaxHistory = 1'000;
inline constexpr std::size_t kMaxEpoch = 64;
inline constexpr std::uint64_t kMaxSequence = (std::uint64_t{1} << 53U) - 1;  // exact in a double
// What `interval` may be, in words.
inline constexpr std::string_view kIntervalNames = "1s, 1m, 5m, 15m, 1h, 4h or 1d";

// Reads what clients send. Keeps its buffers; one for each shard, on its thread.
class RequestParser {
 public:
  RequestParser();
  ~RequestParser();
  std::variant<ClientRequest, RequestError> parse(std::string_view text);
  // The same of a subscribe that asks for the values once: `op` may be left out, and `channel` for
  // "quote".
  std::variant<SubscribeRequest, RequestError> parse_snapshot(std::string_view text);
  // The id alone, of what is not served; null when it has none that could be echoed.
  std::string id_of(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tickgate::gateway
