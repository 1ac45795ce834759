// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {

// What somebody may have meant who named an instrument that does not exist: "BTC-USD", "btc-usd",
// "BTC/USD", "KRAKEN:BTCUSD" or "XBT-USD" for "KRAKEN:BTC-USD". First what has the same letters and
// digits, else what has the same base; of these the named venue's own before others. By hashes, so
// that an answer costs little however many instruments there are. One thread.
class NearSymbols {
 public:
  static constexpr std::size_t kMost = 3;

  // Also one that was removed.
  void add(const schemas::Instrument& instrument);
  // It is not named any more.
  void remove(const schemas::Instrument& instrument);
  // The best first; views live as long as the instruments.
  std::vector<std::string_view> near(std::string_view text) const;

 private:
  // Instruments of one hash, the newest first: of many bases as many are looked at as are allowed.
  struct Chains {
    absl::flat_hash_map<std::uint64_t, std::uint32_t> heads;
    std::vector<std::uint32_t> next;  // by place in instruments_
  };

  template <typename Fits>
  std::vector<std::string_view> collect(const Chains& chains, std::string_view letters,
                                        std::string_view venue, Fits&& fits) const;

  std::vector<const schemas::Instrument*> instruments_;
  std::vector<bool> removed_;  // by place, as those
  absl::flat_hash_map<schemas::InstrumentId, std::uint32_t> places_;
  Chains by_letters_, by_base_;
};

}  // namespace tickgate::gateway
