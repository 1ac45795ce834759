// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "tests/bench/silent_events.h"

// What one frame costs from its bytes to the tick: frames are handed to an adapter in turn, again
// and again. Time is of one frame.
namespace tickgate::testing {

// A frame whose numbers go on: each '#' of the text stands for ten digits that count up from one
// frame to the next, or all but the first were duplicates.
class EndlessFrame {
 public:
  EndlessFrame(std::string_view text, std::size_t place) {
    for (const char c : text) {
      if (c != '#') {
        bytes_.push_back(c);
        continue;
      }
      bytes_.append(std::to_string(1'000'000'000 + place));
      last_digits_.push_back(bytes_.size() - 1);
    }
    size_ = bytes_.size();
    bytes_.append(64, '\0');  // what an adapter is promised
  }
  std::string_view view() const { return {bytes_.data(), size_}; }
  void count_up(std::size_t step) {
    for (const auto digit : last_digits_) {
      auto carry = step;
      for (char* at = &bytes_[digit]; carry > 0; --at) {
        const auto sum = static_cast<std::size_t>(*at - '0') + carry;
        *at = static_cast<char>('0' + sum % 10);
        carry = sum / 10;
      }
    }
  }

 private:
  std::string bytes_;
  std::size_t size_ = 0;
  std::vector<std::size_t> last_digits_;
};

// `texts` are decoded one after the other, over and over. Fails when one of them gives no tick
// where `ticks_expected`, or gives an anomaly.
inline void decode_in_turn(benchmark::State& state, feeds::VenueAdapter& adapter,
                           SilentEvents& events, const std::vector<std::string>& texts,
                           bool ticks_expected = true) {
  std::vector<EndlessFrame> frames;
  frames.reserve(texts.size());
  std::size_t bytes = 0;
  for (const auto& text : texts) {
    frames.emplace_back(text, frames.size());
    bytes += frames.back().view().size();
  }
  events.ticks = events.anomalies = 0;
  std::size_t next = 0;
  for ([[maybe_unused]] const auto _ : state) {
    auto& frame = frames[next];
    adapter.on_text(frame.view(), {});
    frame.count_up(frames.size());
    if (++next == frames.size()) next = 0;
  }
  benchmark::DoNotOptimize(events.sum);
  const auto iterations = static_cast<std::uint64_t>(state.iterations());
  if (ticks_expected && events.ticks < iterations) state.SkipWithError("a frame gave no tick");
  if (events.anomalies != 0) state.SkipWithError("a frame was refused");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes) /
                          static_cast<std::int64_t>(texts.size()));
}

}  // namespace tickgate::testing
