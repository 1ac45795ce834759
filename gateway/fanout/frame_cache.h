// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// A value as it is sent.
struct EncodedValue {
  std::string text;
  std::uint32_t version = 0;  // the low 32 bits of its sequence number; 0: out of date
};

// The newest text of each state tick, encoded at most once however many clients want it. One
// shard's. References are valid until the same tick's next text is asked for.
class FrameCache {
 public:
  // `live`: see schemas::append_json of a status; it outlives this.
  explicit FrameCache(std::string_view live = "live") : live_(live) {}

  // A newer value has come: text() is to be called before fresh() gives one again.
  void outdate(schemas::Channel channel, schemas::InstrumentId instrument);
  // Its texts are not needed any more; or only those of a channel.
  void forget(schemas::InstrumentId instrument);
  void forget(schemas::Channel channel, schemas::InstrumentId instrument);
  // The newest quote, ticker or status; null while nobody has asked for its text yet. Spares the
  // caller the value: this is the path of every update to every client.
  const EncodedValue* fresh(schemas::Channel channel, schemas::InstrumentId instrument) const {
    const auto& values = states_[static_cast<std::size_t>(channel)];
    const auto index = instrument.value();
    return index < values.size() && values[index].version != 0 ? &values[index] : nullptr;
  }

  const EncodedValue& text(const schemas::Quote& quote, const schemas::Instrument& instrument);
  const EncodedValue& text(const schemas::Ticker& ticker, std::string_view symbol);
  const EncodedValue& text(const schemas::InstrumentStatus& status, std::string_view symbol);
  // As it concerns whoever follows no book.
  const EncodedValue& text_without_book(const schemas::InstrumentStatus& status,
                                        std::string_view symbol);
  // Of the best `depth` levels, 1..25: each depth asked for has a text of its own.
  const EncodedValue& text(const schemas::Book& book, std::string_view symbol, std::uint8_t depth);

 private:
  using Depths = std::array<EncodedValue, schemas::Book::kMaxDepth>;

  template <typename Tick, typename... More>
  const EncodedValue& state_text(const Tick& tick, std::string_view symbol, const More&... more);

  std::string_view live_;
  // By channel, then instrument.
  std::array<std::vector<EncodedValue>, schemas::kChannelCount> states_;
  std::vector<EncodedValue> statuses_without_book_;
  std::vector<std::unique_ptr<Depths>> books_;
};

}  // namespace tickgate::gateway
