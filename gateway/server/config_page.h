// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "gateway/server/reload.h"

namespace tickgate::gateway {

// The answer to /v1/config: what is in force, where it came from, and what became of the last
// reloads. `connections` is the limit that the open files allow. Nothing secret is in it.
std::string config_page(const Reload& reload, std::uint32_t connections);

}  // namespace tickgate::gateway
