// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>

#include "gateway/cli/command_line.h"

namespace tickgate::gateway {

// Asks a running gateway whether it is ready, for checks where there is no curl: the image has no
// other program. -> exit status: 0 it is, 1 it is not or cannot be asked; then one line says why.
int run_health(const HealthFlags& flags, std::FILE* errors);

}  // namespace tickgate::gateway
