// SPDX-License-Identifier: Apache-2.0
// Who comes back says which trades it saw last.
#include <algorithm>
#include <cstdint>

#include "gateway/fanout/symbol_requests.h"

namespace tickgate::gateway {

using schemas::Instrument;

namespace {

// By how much a client may be ahead of this shard, in trades of one instrument: no ring has more.
constexpr std::uint64_t kMostAhead = 65'536;
// A slot holds 32 bits of a number, so it may be so far behind; beyond it the gap is said from
// there.
constexpr std::uint64_t kMostBehind = (std::uint64_t{1} << 31U) - 1;

}  // namespace

// What was seen last decides what is owed first. A number that this run cannot have reached was
// another's, whatever the epoch says; but shards are not alike far, and what one has said another
// may still have before it.
void SymbolRequests::resume(Slot& slot, const Instrument& instrument, const TradesSeen& seen) {
  const auto found = seen.seq.find(instrument.symbol);
  if (found == seen.seq.end()) return;
  const auto next = market_.trades(slot.instrument).next().value();
  const bool other_run = seen.epoch != epoch_ || found->second >= next + kMostAhead;
  const auto wanted = std::max(found->second + 1, next - std::min(next, kMostBehind));
  slot.sequence = static_cast<std::uint32_t>(wanted);
  Outbox::set_standing(slot, other_run ? Standing::kRestarted : Standing::kResumes);
  counters_.resumed.add();
}

// Under a pattern, of which trades of another run were seen. One that comes back under its name was
// numbered in this run already.
void SymbolRequests::begin_after_other_run(Subscriber& subscriber, const SlotMap& slots,
                                           const Instrument& instrument) {
  if (market_.trades(instrument.id).next().value() > 1) return;
  auto& slot = subscriber.outbox.slot(*slots.find(instrument.id, 0));
  Outbox::set_standing(slot, Standing::kRestarted);
}

}  // namespace tickgate::gateway
