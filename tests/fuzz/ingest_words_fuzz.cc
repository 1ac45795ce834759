// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "feeds/ingest/stored_words.h"
#include "schemas/instrument.h"

// Whatever comes from NATS, as an object of another ingest or as a question of an edge: what is
// read of it keeps to its bounds, and nothing that is counted on from it comes near the end.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickgate::feeds;  // NOLINT(google-build-using-namespace)
  static WordReader reader;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are text here
  const std::string text(reinterpret_cast<const char*>(data), size);
  ClusterNumbers numbers;
  if (const auto word = reader.stored(text)) {
    merge(*word, numbers);
    merge(*word, numbers);
    if (word->number > UINT64_MAX / 2 || word->fence > UINT64_MAX / 2) std::abort();
    if (numbers.symbols.size() > 1) std::abort();
  }
  if (const auto book = reader.asked_book(text)) {
    if (book->depth == 0 || book->depth > WordReader::kMostDepth) std::abort();
  }
  if (const auto bars = reader.asked_bars(text)) {
    if (bars->symbol.size() > tickgate::schemas::kMostSymbolBytes) std::abort();
  }
  if (const auto wants = reader.wanted_bars(text)) {
    if (wants->series.size() > WordReader::kMostSeries) std::abort();
  }
  return 0;
}
