// SPDX-License-Identifier: Apache-2.0
#include "gateway/frame_cache.h"

#include "schemas/json.h"

namespace tickgate::gateway {

void FrameCache::outdate(schemas::Channel channel, schemas::InstrumentId instrument) {
  auto& entries = states_[static_cast<std::size_t>(channel)];
  if (instrument.value() < entries.size()) entries[instrument.value()].fresh = false;
}

template <typename Tick>
std::string_view FrameCache::state_text(const Tick& tick, std::string_view symbol) {
  auto& entries = states_[static_cast<std::size_t>(Tick::kChannel)];
  const auto index = tick.header.instrument.value();
  if (index >= entries.size()) entries.resize(index + 1);
  auto& entry = entries[index];
  if (!entry.fresh) {
    entry.text.clear();
    append_json(entry.text, tick, symbol);
    entry.fresh = true;
  }
  return entry.text;
}

std::string_view FrameCache::text(const schemas::Quote& quote, std::string_view symbol) {
  return state_text(quote, symbol);
}
std::string_view FrameCache::text(const schemas::Ticker& ticker, std::string_view symbol) {
  return state_text(ticker, symbol);
}
std::string_view FrameCache::text(const schemas::InstrumentStatus& status,
                                  std::string_view symbol) {
  return state_text(status, symbol);
}

std::string_view FrameCache::text(const schemas::Book& book, std::string_view symbol,
                                  std::uint8_t depth) {
  const auto index = book.header.instrument.value();
  if (index >= books_.size()) books_.resize(index + 1);
  auto& depths = books_[index];
  if (depths == nullptr) depths = std::make_unique<Depths>();
  BookText& entry = depths->at(depth - std::size_t{1});
  if (entry.sequence != book.header.sequence) {
    entry.text.clear();
    append_json(entry.text, book, symbol, depth);
    entry.sequence = book.header.sequence;
  }
  return entry.text;
}

}  // namespace tickgate::gateway
