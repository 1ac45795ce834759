// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "gateway/config/config.h"
#include "gateway/config/yaml_section.h"

namespace tickgate::gateway {

// Reads the list `feeds` of the root: each feed by itself, with what its venue allows, and then
// what they must not share (a name, an instrument). Called by parse_config().
void read_feeds(YamlSection& root, Problems& problems, std::vector<FeedConfig>& feeds);

}  // namespace tickgate::gateway
