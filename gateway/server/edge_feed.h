// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "gateway/api/cluster_report.h"
#include "gateway/server/readiness.h"

namespace tickgate::gateway {

// What readiness asks of a feed, of an edge: its first values have come once it is live.
FeedWarmth warmth_of(const EdgeReport& edge);

// An edge among the feeds of /v1/feeds, with the fields of any: what only a venue's feed has is
// null, or 0. Its instruments are counted under its own state.
void append_edge_feed(std::string& out, const EdgeReport& edge, schemas::Timestamp now);

}  // namespace tickgate::gateway
