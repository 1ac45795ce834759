// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/config/config.h"
#include "gateway/config/config_view.h"

namespace tickgate::gateway {

// What is in force once `next` was read beside `running`: of the keys that cannot change while the
// process runs, the old values.
Config keep_fixed(const Config& running, Config next);
ConfigView keep_fixed(const ConfigView& running, ConfigView next);

}  // namespace tickgate::gateway
