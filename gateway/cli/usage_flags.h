// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/cli/command_line.h"
#include "gateway/cli/flag_table.h"

namespace tickgate::gateway {

// What `tickgate help usage` says above its flags, and those of them that are its own.
FlagTable::Texts usage_page();
void add_usage_flags(FlagTable& table, UsageFlags& flags);

}  // namespace tickgate::gateway
