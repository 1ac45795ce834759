// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/thread/feed_settings.h"
#include "gateway/config/config.h"

namespace tickgate::gateway {

// What a feed of the configuration is made of. Its venue is set.
feeds::FeedSettings feed_settings(const FeedConfig& config);

}  // namespace tickgate::gateway
