// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "feeds/thread/feed_changes.h"
#include "gateway/config/config.h"

namespace tickgate::gateway {

// Of `next`, the feeds that are not among those of `running`, or are made anew: more than symbols
// changes, or it plays a capture, which is opened for the symbols that it has.
std::vector<FeedConfig> feeds_to_add(const Config& running, const Config& next);

// From the one to the other, for the feeds' threads.
feeds::FeedChanges feed_changes(const Config& running, const Config& next);

}  // namespace tickgate::gateway
