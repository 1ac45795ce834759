// SPDX-License-Identifier: Apache-2.0
// The life of a connection, the symbols, and which message goes where.
#include "feeds/venues/binance/adapter.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "feeds/venues/binance/adapter_class.h"
#include "feeds/venues/binance/addresses.h"

namespace tickgate::feeds::binance {

using schemas::InstrumentId;
using schemas::Timestamp;

constexpr VenueFacts kFacts = {
    .name = "binance",
    .websocket_url = "wss://stream.binance.com:9443",
    .rest_url = "https://api.binance.com",
    .integrity = schemas::Integrity::kSequence,
    // Pongs count among the sends. A snapshot weighs 50 of 6,000 a minute, at 5,000 levels 250.
    .limits = {.sends_per_second = 5,
               .send_burst = 5,
               .fetches_per_second = 1,
               .resyncs_per_second = 1,
               .lifetime = std::chrono::hours(24)},
    .book_depths = {.preset = 1000, .least = 100, .most = 5000},
    .symbols_per_connection = kMostSymbols,
};
const VenueFacts& facts() { return kFacts; }

Adapter::Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
                 AdapterEvents& events)
    : settings_(settings), events_(events), instruments_("binance", registry) {
  for (const auto& pair : settings_.pairs) {
    const auto [entry, fresh] = instruments_.add(venue_symbol(pair), pair);
    if (entry == nullptr) {
      log::error("feeds.binance", "not a pair", {{"pair", pair}});
    } else if (fresh && symbols_.size() < kMostSymbols) {
      symbols_.push_back(entry->venue_symbol);
    }
  }
}

std::string Adapter::url() const { return stream_url(settings_.websocket_url, symbols_); }

// The first call of all: nothing is said of an instrument before it is announced.
void Adapter::announce() {
  if (std::exchange(announced_, true)) [[likely]]
    return;
  for (const auto& entry : instruments_) events_.on_instrument(entry.instrument);
  for (std::size_t i = symbols_.size(); i < instruments_.size(); ++i) {
    events_.on_refused(
        {(instruments_.begin() + static_cast<std::ptrdiff_t>(i))->id(), schemas::Channel::kBook},
        "a connection carries 1024 streams, four a symbol");
  }
}

void Adapter::on_open(Timestamp /*now*/) {
  announce();
  closed_ = false;
  info_refused_ = false;
  fetch_exchange_info();
  for (const auto& symbol : symbols_) fetch_snapshot(*instruments_.find(symbol));
}

void Adapter::on_close() {
  closed_ = true;
  for (auto& entry : instruments_) {
    entry.state.sync.reset();
    entry.state.synced = entry.state.fetching = false;
  }
}

void Adapter::resync(InstrumentId instrument) {
  Entry* const entry = instruments_.find(instrument);
  if (entry == nullptr || closed_) return;
  if (std::exchange(entry->state.synced, false)) {
    entry->state.sync.reset();
    events_.on_recovering(entry->id(), "resync");
  }
  entry->state.fetching = false;  // whoever asks again has waited long enough for an answer
  fetch_snapshot(*entry);
}

const OrderBook* Adapter::book(InstrumentId instrument) const {
  const Entry* const entry = instruments_.find(instrument);
  return entry != nullptr && entry->state.synced ? &entry->state.sync.book() : nullptr;
}

Adapter::Entry* Adapter::entry_of(std::string_view symbol) {
  if (Entry* const entry = instruments_.find(symbol)) [[likely]]
    return entry;
  if (settings_.discover) {
    if (Entry* const entry = discover(symbol)) return entry;
  }
  events_.on_anomaly(Anomaly::kUnknownInstrument, symbol.substr(0, 100));
  return nullptr;
}

Adapter::Entry* Adapter::discover(std::string_view symbol) {
  std::optional<std::string> pair;
  if (const auto it = listed_pairs_.find(symbol); it != listed_pairs_.end()) {
    pair = it->second;
  } else {
    pair = guess_pair(symbol);
  }
  if (!pair) return nullptr;
  const auto [entry, fresh] = instruments_.add(symbol, *pair);
  if (fresh) events_.on_instrument(entry->instrument);
  return entry;
}

void Adapter::on_text(std::string_view frame, Timestamp received) {
  announce();
  JsonReader reader;
  const Event& event = decoder_.event(frame, reader);
  switch (event.kind) {
    case EventKind::kUnused:
    case EventKind::kReply:
      return;
    case EventKind::kShutdown:
      return events_.request_reconnect("the venue announced a shutdown of this connection");
    case EventKind::kError:
      return refusals_.warning("feeds.binance", "request refused", {{"message", event.message}});
    case EventKind::kUnknown:
      return reader.ok() ? events_.on_anomaly(Anomaly::kUnknownMessage, frame.substr(0, 100))
                         : events_.on_anomaly(Anomaly::kParseError, reader.detail());
    default:
      break;
  }
  const auto symbol = reader.text(event.fields['s'], "s");
  Entry* const entry = symbol.empty() ? nullptr : entry_of(symbol);
  if (entry != nullptr) {
    switch (event.kind) {
      case EventKind::kBookTicker:
        take_quote(*entry, event.fields, received, reader);
        break;
      case EventKind::kTrade:
        take_trade(*entry, event.fields, received, reader);
        break;
      case EventKind::kTicker:
        take_ticker(*entry, event.fields, received, reader);
        break;
      default:
        return take_diff(*entry, event, received, reader);
    }
  }
  if (!reader.ok()) events_.on_anomaly(Anomaly::kParseError, reader.detail());
}

std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events) {
  return std::make_unique<Adapter>(settings, registry, events);
}

}  // namespace tickgate::feeds::binance
