// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/config/config.h"
#include "gateway/config/yaml_section.h"

namespace tickgate::gateway {

// Reads the list `feeds` of the root: each feed by itself, with what its venue allows, and then
// what they must not share (a name, an instrument). One of venue nats stands alone, and makes an
// edge of the gateway. Called by parse_config().
void read_feeds(YamlSection& root, Problems& problems, Config& config);

}  // namespace tickgate::gateway
