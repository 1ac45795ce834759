// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "schemas/tick.h"

namespace tickgate::feeds {

// The run that numbers belong to, as an edge hears it of its ingests: whoever serves clients from
// its rings names it to them. The first is its name and no more. Each later one ends all that was
// said before: instruments, values and their numbers begin anew behind it.
struct Epoch {
  schemas::SmallText<31> name;  // never empty
};

}  // namespace tickgate::feeds
