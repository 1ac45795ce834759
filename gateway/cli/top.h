// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/cli/command_line.h"

namespace tickgate::gateway {

// Watches a gateway on the terminal until q or a signal ends it, or prints once. -> exit status: 0,
// or 1 where it should print and could not ask, or the terminal is gone.
int run_top(const TopFlags& flags);

}  // namespace tickgate::gateway
