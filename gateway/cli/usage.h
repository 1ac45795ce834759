// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>

#include "gateway/cli/command_line.h"

namespace tickgate::gateway {

// A day's sums of the usage ledger, from its files or of a running gateway. -> exit status.
int run_usage(const UsageFlags& flags, std::FILE* out, std::FILE* errors);

}  // namespace tickgate::gateway
