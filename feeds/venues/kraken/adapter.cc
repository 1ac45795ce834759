// SPDX-License-Identifier: Apache-2.0
// The life of a connection, the symbols, and which message goes where.
#include "feeds/venues/kraken/adapter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "feeds/venues/kraken/adapter_class.h"
#include "feeds/venues/kraken/requests.h"

namespace tickgate::feeds::kraken {

using schemas::Channel;
using schemas::InstrumentId;
using schemas::Timestamp;
using schemas::to_absl;

namespace {

constexpr std::string_view kPath = "/v2";
constexpr std::size_t kSymbolsPerRequest = 100;

}  // namespace

constexpr std::array<std::uint32_t, 5> kDepths = {10, 25, 100, 500, 1000};

constexpr VenueFacts kFacts = {
    .name = "kraken",
    .websocket_url = "wss://ws.kraken.com/v2",
    .integrity = schemas::Integrity::kChecksum,
    .quotes_from_book = true,
    // The venue's own limit moves, and is not published; a resync is two requests.
    .limits = {.sends_per_second = 5, .send_burst = 5, .resyncs_per_second = 2},
    .book_depths = {.preset = 25, .offered = kDepths},
};
const VenueFacts& facts() { return kFacts; }

Adapter::Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
                 AdapterEvents& events)
    : settings_(settings),
      depth_(subscribable_depth(settings.book_depth)),
      events_(events),
      instruments_("kraken", registry) {
  for (const auto& pair : settings_.pairs) {
    const auto [entry, fresh] = instruments_.add(venue_symbol(pair), pair);
    if (entry == nullptr) log::error("feeds.kraken", "not a pair", {{"pair", pair}});
    if (fresh) symbols_.push_back(entry->venue_symbol);
  }
}

std::string Adapter::url() const {
  if (settings_.websocket_url.empty()) return std::string(kFacts.websocket_url);
  std::string_view base = settings_.websocket_url;
  while (base.ends_with('/')) base.remove_suffix(1);
  const auto host = base.find("://");
  const bool has_path = base.find('/', host == base.npos ? 0 : host + 3) != base.npos;
  return absl::StrCat(to_absl(base), has_path ? "" : to_absl(kPath));
}

// The first call of all: nothing is said of an instrument before it is announced.
void Adapter::announce() {
  if (std::exchange(announced_, true)) [[likely]]
    return;
  for (const auto& entry : instruments_) events_.on_instrument(entry.instrument);
}

void Adapter::on_open(Timestamp /*now*/) {
  announce();
  for (std::size_t first = 0; first < symbols_.size(); first += kSymbolsPerRequest) {
    const auto some =
        std::span(symbols_).subspan(first, std::min(kSymbolsPerRequest, symbols_.size() - first));
    for (const Channel channel : kChannels) subscribe_to(channel, some);
  }
  if (!symbols_.empty()) events_.send(subscribe("instrument", {}, 0, ++last_request_id_), {});
}

void Adapter::on_close() {
  requests_.clear();
  for (auto& entry : instruments_) {
    entry.state.book.clear();
    entry.state.synced = false;
    entry.state.depth = 0;
    entry.state.trades.on_close();
  }
}

void Adapter::resync(InstrumentId instrument) {
  Entry* const entry = instruments_.find(instrument);
  if (entry == nullptr) return;
  if (std::exchange(entry->state.synced, false)) events_.on_recovering(entry->id(), "resync");
  const std::array symbols = {entry->venue_symbol};
  events_.send(unsubscribe("book", symbols, depth_, ++last_request_id_), {});
  subscribe_to(Channel::kBook, symbols);
}

const OrderBook* Adapter::book(InstrumentId instrument) const {
  const Entry* const entry = instruments_.find(instrument);
  return entry != nullptr && entry->state.synced ? &entry->state.book : nullptr;
}

Adapter::Entry* Adapter::entry_of(std::string_view symbol) {
  if (Entry* const entry = instruments_.find(symbol)) [[likely]]
    return entry;
  if (const auto pair = pair_of(symbol); settings_.discover && !pair.empty()) {
    const auto [entry, fresh] = instruments_.add(symbol, pair);
    if (fresh) events_.on_instrument(entry->instrument);
    if (entry != nullptr) return entry;
  }
  events_.on_anomaly(Anomaly::kUnknownInstrument, symbol.substr(0, 100));
  return nullptr;
}

void Adapter::on_text(std::string_view frame, Timestamp received) {
  announce();
  received_ = received;
  JsonReader reader;
  const auto kind = decoder_.decode(frame, *this, reader);
  if (!reader.ok()) {
    events_.on_anomaly(Anomaly::kParseError, reader.detail());
  } else if (kind == MessageKind::kUnknown) {
    events_.on_anomaly(Anomaly::kUnknownMessage, frame.substr(0, 100));
  }
}

void Adapter::on_item(MessageKind kind, bool is_snapshot, const Item& item, JsonReader& reader) {
  const auto& tokens = item.tokens;
  if (kind == MessageKind::kStatus) return take_system_status(unquoted(tokens.system));
  const auto symbol = reader.text(tokens.symbol, "symbol");
  if (kind == MessageKind::kInstrument) {  // of every pair of the venue
    Entry* const entry = instruments_.find(symbol);
    if (entry != nullptr) take_pair_status(*entry, unquoted(tokens.status));
    return;
  }
  Entry* const entry = tokens.symbol.empty() ? nullptr : entry_of(symbol);
  if (entry != nullptr) {
    if (kind == MessageKind::kBook) return take_book(*entry, is_snapshot, item, reader);
    if (kind == MessageKind::kTrade) take_trade(*entry, is_snapshot, tokens, reader);
    if (kind == MessageKind::kTicker) take_ticker(*entry, tokens, reader);
  }
  if (!reader.ok()) events_.on_anomaly(Anomaly::kParseError, reader.detail());
}

std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events) {
  return std::make_unique<Adapter>(settings, registry, events);
}

}  // namespace tickgate::feeds::kraken
