// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// Trades in their order, each once, and what is missing said: live ones from a subscription, and
// those that a stream has kept, which close what the subscription missed. While the stream is read
// live ones wait, a bounded number of them; what was in neither is a gap. Pure, one thread's.
class TradeOrder {
 public:
  // Live ones that wait, of all instruments.
  static constexpr std::size_t kMostWaiting = 65'536;

  // What leaves it, in order.
  struct Out {
    std::function<void(const schemas::Trade&)> trade;
    std::function<void(const schemas::TradeGap&)> gap;
  };
  using Item = std::variant<schemas::Trade, schemas::TradeGap>;

  explicit TradeOrder(Out out) : out_(std::move(out)) {}

  // Where to begin is known by the first trade of each instrument that comes.
  enum class Took : std::uint8_t {
    kPassed,
    kWaits,
    kDuplicate,
    kHole,  // it waits, for some before it are missing: read the stream
  };
  Took take_live(const Item& item);
  // Between begin_filling() and end_filling(), in the stream's order. `fence`: whose it is; of what
  // a superseded leader said late nothing is taken.
  Took take_stored(const Item& item, std::uint64_t fence);

  // Live ones wait from now on. Again: what was stored comes once more.
  void begin_filling();
  // All that is stored has come: what waits follows, and what is missing is said.
  void end_filling();
  bool filling() const { return filling_; }

  void forget(schemas::InstrumentId instrument);
  void clear();

 private:
  bool is_duplicate(const Item& item);
  void pass(const Item& item);
  void say_missing(schemas::InstrumentId instrument, std::uint64_t until);
  void keep(const Item& item);
  void pass_waiting(schemas::InstrumentId instrument, std::uint64_t until);
  std::uint64_t& next(schemas::InstrumentId instrument);

  Out out_;
  std::vector<std::uint64_t> next_;  // by instrument; 0: none was seen
  absl::flat_hash_map<schemas::InstrumentId, std::vector<Item>> waiting_;  // by their number
  std::size_t waiting_count_ = 0;
  std::uint64_t stored_fence_ = 0;  // the greatest of this filling
  bool filling_ = false;
};

}  // namespace tickgate::feeds
