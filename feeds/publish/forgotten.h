// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "schemas/ids.h"

namespace tickgate::feeds {

// The newest quote, book or ticker of an instrument is known no more, since nobody here hears of
// it: whoever asks for it later must not be shown what it was. Its numbers go on.
struct Forgotten {
  schemas::InstrumentId instrument;
  schemas::Channel channel{};
};

}  // namespace tickgate::feeds
