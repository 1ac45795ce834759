// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "feeds/adapter/venue_adapter.h"
#include "tests/support/adapter_invariants.h"
#include "tests/support/padded_text.h"

namespace tickgate::testing {

using AdapterFactory = std::function<std::unique_ptr<feeds::VenueAdapter>(
    const feeds::AdapterSettings&, schemas::InstrumentRegistry&, feeds::AdapterEvents&)>;

// "1m" or "4h": eight bars before `now`, and the one under way.
inline void ask_candles(feeds::VenueAdapter& adapter, const AdapterInvariants& events,
                        std::string_view name, schemas::Timestamp now) {
  const auto interval = schemas::interval_from_name(name);
  if (!interval || !events.any()) return;
  const auto length = schemas::length(*interval);
  const auto last = schemas::start_of(now, *interval).value();
  adapter.ask_candles({*events.any(), *interval, schemas::Timestamp{last - 8 * length},
                       schemas::Timestamp{last + length}});
}

// One life of an adapter, told by the fuzzer's bytes: lines, of which the first byte says what
// happens (h: the line answers the last fetch, e: answers it with an error, c: the connection is
// lost and comes again, r: the last resync requested is granted, "k 1m": bars are asked for) and
// any other that it is a frame. The first byte of all decides whether symbols are discovered.
inline void run_adapter(const AdapterFactory& make, std::vector<std::string> pairs,
                        const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return;
  feeds::AdapterSettings settings;
  settings.pairs = std::move(pairs);
  settings.discover = input.front() % 2 == 0;
  input.remove_prefix(1);
  schemas::InstrumentRegistry registry;
  AdapterInvariants events;
  const auto adapter = make(settings, registry, events);
  const schemas::Timestamp now{1'800'000'000'000'000};
  adapter->on_open(now);
  while (!input.empty()) {
    auto line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    if (line.starts_with('h') || line.starts_with('e')) {
      const PaddedText body(line.substr(1));
      const std::string target = events.last_fetch;
      adapter->on_answer({target, feeds::kNoTag, line.front() == 'h' ? 200 : 400, body.view()},
                         now);
    } else if (line.starts_with("k ")) {
      ask_candles(*adapter, events, line.substr(2), now);
    } else if (line == "c") {
      adapter->on_close();
      events.close();
      adapter->on_open(now);
    } else if (line == "r") {
      if (std::exchange(events.resync_requested, false)) adapter->resync(events.last_resync);
    } else {
      const PaddedText frame(line);
      adapter->on_text(frame.view(), now);
    }
    events.check_books(*adapter);
  }
}

}  // namespace tickgate::testing
