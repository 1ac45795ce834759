// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>

#include "gateway/cli/command_line.h"

namespace tickgate::gateway {

// `tickgate replay`: drives the adapters from captures as fast as it can and prints every
// normalised tick that is wanted, unconflated, as a line of JSON on `out`; on `err` the first
// anomalies of each kind with their place, what could not be read, and in any case a summary of
// `key: value` lines. Returns the exit code: 1 when a file can't be read whole, isn't of format 1
// (FILE:LINE on `err`) or holds nothing, when no record is of a venue that we know, or when `out`
// can't be written; 0 otherwise, also when the reader of `out` has gone, of which nothing is said.
// From then on the process ignores SIGPIPE.
int run_replay(const ReplayFlags& flags, std::FILE* out, std::FILE* err);

}  // namespace tickgate::gateway
