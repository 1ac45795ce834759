// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>

#include "gateway/cli/command_line.h"

namespace tickgate::gateway {

// `tickgate replay`: drives the adapters from captures as fast as it can and prints every
// normalised tick, unconflated, as a line of JSON on `out`; on `err` the first anomalies of each
// kind with their place, and a summary of `key: value` lines. Returns the exit code: 1 when a file
// can't be read or isn't of format 1 (FILE:LINE on `err`), or `out` can't be written; 0 otherwise,
// also when the reader of `out` has gone.
//
// The files are one capture in several pieces: sequence numbers go on, but every piece begins with
// new connections. Each connection that is opened has an adapter of its own, and an `open` of one
// that is open already is a reconnect. REST answers of a connection that carries nothing else go to
// the venue's first adapter, as do frames whose `open` is missing.
int run_replay(const ReplayFlags& flags, std::FILE* out, std::FILE* err);

}  // namespace tickgate::gateway
