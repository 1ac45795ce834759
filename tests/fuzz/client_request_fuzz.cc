// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/protocol/client_request.h"

// Whatever a client sends is read into a request within its limits, or refused with a known code.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickgate::gateway;  // NOLINT(google-build-using-namespace)
  static RequestParser parser;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are text here
  const auto parsed = parser.parse({reinterpret_cast<const char*>(data), size});
  if (const auto* error = std::get_if<RequestError>(&parsed)) {
    const bool known = error->code == ErrorCode::kBadRequest ||
                       error->code == ErrorCode::kUnknownOp ||
                       error->code == ErrorCode::kUnknownInterval;
    if (!known || error->message.empty() || error->id.empty()) std::abort();
    return 0;
  }
  const auto& request = std::get<ClientRequest>(parsed);
  if (const auto* subscribe = std::get_if<SubscribeRequest>(&request.what)) {
    if (subscribe->depth < 1 || subscribe->depth > 25 || subscribe->interval_ms > kMaxIntervalMs ||
        subscribe->symbols.empty() || subscribe->history > kMaxHistory ||
        (subscribe->history > 0 && subscribe->channel != tickgate::schemas::Channel::kBar) ||
        static_cast<std::size_t>(subscribe->interval) >= tickgate::schemas::kIntervalCount) {
      std::abort();
    }
  }
  if (const auto* auth = std::get_if<AuthRequest>(&request.what)) {
    if (auth->token.empty() || auth->token.size() > kMaxToken) std::abort();
  }
  return 0;
}
