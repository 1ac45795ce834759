// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "feeds/venues/coinbase.h"
#include "schemas/check.h"
#include "tests/support/padded_text.h"
#include "tests/support/recording_events.h"

// Any frames, one a line, behind a good snapshot: nothing crashes, and a book that is published
// is never crossed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tickgate::testing::PaddedText;
  tickgate::schemas::InstrumentRegistry registry;
  tickgate::testing::RecordingEvents events;
  tickgate::feeds::AdapterSettings settings;
  settings.pairs = {"A-USD", "B-USDC"};
  settings.discover = size % 2 == 1;
  const auto adapter = tickgate::feeds::coinbase::make_adapter(settings, registry, events);
  const tickgate::schemas::Timestamp now{1};
  adapter->on_open(now);
  const PaddedText snapshot(
      R"({"channel":"l2_data","timestamp":"2026-11-20T10:00:00Z","sequence_num":0,"events":[)"
      R"({"type":"snapshot","product_id":"A-USD","updates":[{"side":"bid","price_level":"1",)"
      R"("new_quantity":"1"},{"side":"offer","price_level":"2","new_quantity":"1"}]}]})");
  adapter->on_text(snapshot.view(), now);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
    adapter->on_text(PaddedText(line).view(), now);
  }
  for (const auto& book : events.books) {
    TICKGATE_CHECK(book.bid_count == 0 || book.ask_count == 0 ||
                   book.bids[0].price < book.asks[0].price);
  }
  adapter->on_close();
  return 0;
}
