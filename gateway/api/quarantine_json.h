// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "feeds/feed/feed.h"

namespace tickgate::gateway {

// /v1/quarantine: the last ticks of these feeds that were not served as prices, newest first. Any
// thread. At most feeds::Quarantine::kMost a feed, of about 1 KB each.
std::string quarantine_json(std::span<const feeds::Feed* const> feeds);

}  // namespace tickgate::gateway
