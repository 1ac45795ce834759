// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace tickgate::gateway {

// The table of keys as a JSON Schema (draft 7), for editors that complete and check YAML. It knows
// names, kinds, ranges of numbers and what each venue has; durations it knows by their form only,
// and what two keys owe each other `check` alone. Printed by `tickgate schema`.
std::string config_schema();

}  // namespace tickgate::gateway
