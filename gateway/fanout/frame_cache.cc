// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/frame_cache.h"

#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

// Encodes `tick` unless its text is there already.
template <typename Tick, typename... More>
const EncodedValue& encode(EncodedValue& value, const Tick& tick, std::string_view symbol,
                           const More&... more) {
  const auto version = static_cast<std::uint32_t>(tick.header.sequence.value());
  if (value.version != version || version == 0) {
    value.text.clear();
    append_json(value.text, tick, symbol, more...);
    value.version = version;
  }
  return value;
}

}  // namespace

void FrameCache::outdate(schemas::Channel channel, schemas::InstrumentId instrument) {
  auto& values = states_[static_cast<std::size_t>(channel)];
  if (instrument.value() < values.size()) values[instrument.value()].version = 0;
}

void FrameCache::forget(schemas::InstrumentId instrument) {
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    forget(static_cast<schemas::Channel>(i), instrument);
  }
}

void FrameCache::forget(schemas::Channel channel, schemas::InstrumentId instrument) {
  const auto index = instrument.value();
  auto& values = states_[static_cast<std::size_t>(channel)];
  if (index < values.size()) values[index] = {};
  if (channel == schemas::Channel::kBook && index < books_.size()) books_[index].reset();
  if (channel == schemas::Channel::kStatus && index < statuses_without_book_.size()) {
    statuses_without_book_[index] = {};
  }
}

template <typename Tick, typename... More>
const EncodedValue& FrameCache::state_text(const Tick& tick, std::string_view symbol,
                                           const More&... more) {
  auto& values = states_[static_cast<std::size_t>(Tick::kChannel)];
  const auto index = tick.header.instrument.value();
  if (index >= values.size()) values.resize(index + 1);
  return encode(values[index], tick, symbol, more...);
}

const EncodedValue& FrameCache::text(const schemas::Quote& quote,
                                     const schemas::Instrument& instrument) {
  return state_text(quote, instrument.symbol, instrument.sources);
}
const EncodedValue& FrameCache::text(const schemas::Ticker& ticker, std::string_view symbol) {
  return state_text(ticker, symbol);
}
const EncodedValue& FrameCache::text(const schemas::InstrumentStatus& status,
                                     std::string_view symbol) {
  return state_text(status, symbol, live_);
}

const EncodedValue& FrameCache::text_without_book(const schemas::InstrumentStatus& status,
                                                  std::string_view symbol) {
  const auto index = status.header.instrument.value();
  if (index >= statuses_without_book_.size()) statuses_without_book_.resize(index + 1);
  return encode(statuses_without_book_[index], without_book(status), symbol, live_);
}

const EncodedValue& FrameCache::text(const schemas::Book& book, std::string_view symbol,
                                     std::uint8_t depth) {
  const auto index = book.header.instrument.value();
  if (index >= books_.size()) books_.resize(index + 1);
  auto& depths = books_[index];
  if (depths == nullptr) depths = std::make_unique<Depths>();
  return encode(depths->at(depth - std::size_t{1}), book, symbol, depth);
}

}  // namespace tickgate::gateway
