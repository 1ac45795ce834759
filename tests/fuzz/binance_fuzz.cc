// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/binance.h"
#include "tests/support/adapter_fuzz.h"

// Whatever the venue sends, no invariant of an adapter breaks.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tickgate::testing::run_adapter(tickgate::feeds::binance::make_adapter, {"BTC-USDT"}, data, size);
  return 0;
}
