// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "feeds/feed/feed.h"

namespace tickgate::gateway {

// Of one tick what any list of them says, from `channel` to the end of the object.
void append_quarantined(std::string& out, const feeds::QuarantinedTick& tick);

// /v1/quarantine: the last ticks of these feeds that were not served as prices, newest first. Any
// thread. At most feeds::Quarantine::kMost a feed, of about 1 KB each.
std::string quarantine_json(std::span<const feeds::Feed* const> feeds);

}  // namespace tickgate::gateway
