// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/derived/best_rules.h"
#include "feeds/thread/feed_settings.h"
#include "gateway/config/config.h"

namespace tickgate::gateway {

// What a feed of the configuration is made of. Its venue is set.
feeds::FeedSettings feed_settings(const FeedConfig& config);
feeds::BarsOptions bars_options(const BarsConfig& config);
// What the entries under `consolidated` mean, one rule a pair of each.
feeds::BestRules best_rules(const Config& config);

}  // namespace tickgate::gateway
