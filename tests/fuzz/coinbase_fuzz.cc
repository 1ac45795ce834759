// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/coinbase.h"
#include "tests/support/adapter_fuzz.h"

// Whatever the venue sends, no invariant of an adapter breaks. Both pairs live on one product.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tickgate::testing::run_adapter(tickgate::feeds::coinbase::make_adapter, {"ABC-USD", "ABC-USDC"},
                                 data, size);
  return 0;
}
