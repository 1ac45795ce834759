// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/thread/feed_settings.h"
#include "gateway/config/config.h"

namespace tickgate::gateway {

// The one place that knows the venues by name: what a feed of the configuration is made of.
feeds::FeedSettings feed_settings(const FeedConfig& config);

// Null for the simulator, which has no bytes to adapt.
feeds::AdapterFactory adapter_factory(Venue venue);

}  // namespace tickgate::gateway
