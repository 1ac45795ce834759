// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/config/config.h"
#include "gateway/config/yaml_section.h"

namespace tickgate::gateway {

// `auth` and `plans`, where they are.
void read_auth(YamlSection& root, Problems& problems, Config& config);

}  // namespace tickgate::gateway
