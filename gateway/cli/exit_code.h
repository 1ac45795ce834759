// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a command ends with; deploy/man has it per command.
namespace tickgate::gateway {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kMistake = 2;       // of the command line, or of what it names
inline constexpr int kNeedsRestart = 3;  // of check --against

}  // namespace tickgate::gateway
