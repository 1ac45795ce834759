// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "gateway/fanout/outbox.h"
#include "gateway/protocol/replies.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

// The slots a subscriber has on one channel, by instrument.
using SlotMap = std::unordered_map<std::uint32_t, SlotIndex>;

// A subscribe or unsubscribe request on its way. It is served in pieces, since "*" may mean 50,000
// instruments and no other client is to wait for all of them. Until it is done its subscriber is
// sent nothing: the acknowledgement comes before the values.
struct SymbolRequest {
  bool subscribes = false;
  Terms terms;
  std::string id;  // JSON
  std::vector<std::string> symbols;

  SlotMap slots;
  std::unordered_set<std::uint32_t> named;  // instruments accepted
  std::string accepted;                     // their symbols as JSON strings, comma separated
  std::vector<Rejection> rejected;

  std::size_t symbol = 0;      // of `symbols`: where it is
  std::size_t patterns = 0;    // so far
  std::size_t instrument = 0;  // and within a pattern
  std::size_t known = 0;       // how many instruments there were when it began
  bool fits = true;            // the limit of subscriptions was not met yet
};

}  // namespace tickgate::gateway
