// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/config/config.h"
#include "gateway/config/yaml_section.h"

namespace tickgate::gateway {

// The list under `consolidated`, if there is one; the feeds are read. Entries without venues get
// those of all feeds.
void read_consolidated(YamlSection& root, Problems& problems, Config& config);

}  // namespace tickgate::gateway
