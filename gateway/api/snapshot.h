// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "gateway/api/answer_body.h"
#include "gateway/api/entitled.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/http/http_request_reader.h"

namespace tickgate::gateway {

inline constexpr std::size_t kMaxSnapshotSymbols = 1'000;
// Of bars: each that nobody follows is held for a while then.
inline constexpr std::size_t kMaxSnapshotBars = 200;

// The newest values of what a request names, as one array: /v1/snapshot. What a pattern finds is
// left out where `who` may not have it; a symbol by name is 403 then, whether there is such a one
// or not.
HttpAnswerBody snapshot_json(const HttpRequest& request, FanOut& fan_out, const Entitled& who = {});

}  // namespace tickgate::gateway
