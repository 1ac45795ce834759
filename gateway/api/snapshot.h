// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "gateway/api/answer_body.h"
#include "gateway/api/entitled.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/http/http_request_reader.h"

namespace tickgate::gateway {

inline constexpr std::size_t kMaxSnapshotSymbols = 1'000;
// Of bars: each that nobody follows is held for a while then.
inline constexpr std::size_t kMaxSnapshotBars = 200;

// A quote, a book or a ticker that a fan-out does not have.
struct MissingValue {
  schemas::InstrumentId instrument;
  schemas::Channel channel{};
};

// The newest values of what a request names, as one array: /v1/snapshot. What a pattern finds is
// left out where `who` may not have it; a symbol by name is 403 then, whether there is such a one
// or not.
// `missing`, if it is given: what is not here, though its state says that there may be one.
HttpAnswerBody snapshot_json(const HttpRequest& request, FanOut& fan_out, const Entitled& who = {},
                             std::vector<MissingValue>* missing = nullptr);

// Whether the fan-out has the newest value of it.
bool has_value(const FanOut& fan_out, const MissingValue& value);

}  // namespace tickgate::gateway
