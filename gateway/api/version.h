// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace tickgate::gateway {

// Both are written down by the build (deploy/version.sh).
extern const std::string_view kVersion;  // project()'s in CMakeLists.txt
// Of git, "18dbcbc1a2b3", with "-dirty" behind it where files differ from it; empty: not known.
extern const std::string_view kCommit;

}  // namespace tickgate::gateway
