// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// A series as it stood at one moment: the closed bars that are held, oldest first, then the open
// one, if there is one. Each has the sequence number of its last change, so that it can be told
// from what a ring says of it. Never null; empty: there is nothing. Any thread.
using BarsCopy = std::shared_ptr<const std::vector<schemas::Bar>>;

// Called once, on a feed's thread: to be handed on, not to be worked in.
using BarsAnswer = absl::AnyInvocable<void(BarsCopy)>;

}  // namespace tickgate::feeds
