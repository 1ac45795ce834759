// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "gateway/ledger/day_usage.h"

// Whatever stands in a ledger's file is read into sums or counted as skipped, and what is said of
// them is one line of JSON.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickgate::gateway;  // NOLINT(google-build-using-namespace)
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are text here
  std::istringstream file(std::string(reinterpret_cast<const char*>(data), size));
  DayUsage usage;
  usage.add_all(file);
  if (usage.skipped() > usage.lines()) std::abort();
  if (usage.sums().size() + usage.gaps().size() > usage.lines()) std::abort();
  if (usage_json(Day{20'000}, usage).find('\n') != std::string::npos) std::abort();
  if (usage_text(Day{20'000}, usage).empty()) std::abort();
  return 0;
}
