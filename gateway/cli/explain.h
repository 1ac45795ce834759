// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>

#include "gateway/cli/command_line.h"

namespace tickgate::gateway {

// Asks a running gateway why an instrument is as it is, and prints what it says. -> exit status: 0
// it answered, 1 it could not be asked, 2 there is no such instrument.
int run_explain(const ExplainFlags& flags, std::FILE* out, std::FILE* errors);

}  // namespace tickgate::gateway
