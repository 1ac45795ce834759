// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>

#include "gateway/cli/key_flags.h"

namespace tickgate::gateway {

// Does what the flags say. What is asked for goes to `out`: of a new key only the key, so that a
// script may keep it; the rest goes to `errors`. The exit status: 0 done, 1 the file or `out`
// cannot be written, or a gateway would not read what was left in it, 2 a mistake.
int run_key(const KeyFlags& flags, std::FILE* out, std::FILE* errors);

}  // namespace tickgate::gateway
