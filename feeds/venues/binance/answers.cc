// SPDX-License-Identifier: Apache-2.0
// What is asked of the venue by REST, and what it answers: snapshots of the books, the listed
// symbols, refusals.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "feeds/venues/binance/adapter_class.h"
#include "feeds/venues/binance/addresses.h"

namespace tickgate::feeds::binance {

using schemas::Timestamp;
using schemas::to_absl;

namespace {

constexpr std::size_t kDefaultDepth = 1000;

}  // namespace

void Adapter::fetch_snapshot(Entry& entry) {
  if (std::exchange(entry.state.fetching, true)) return;
  const auto depth = settings_.book_depth == 0 ? kDefaultDepth : settings_.book_depth;
  events_.fetch(
      depth_url(settings_.rest_url, entry.venue_symbol, std::min<std::size_t>(depth, 5000)));
}

void Adapter::fetch_exchange_info() {
  std::vector<std::string> listed;
  for (const auto& symbol : symbols_) {
    if (!instruments_.find(symbol)->state.unlisted) listed.push_back(symbol);
  }
  if (!listed.empty()) events_.fetch(exchange_info_url(settings_.rest_url, listed));
}

void Adapter::on_http(std::string_view target, int status, std::string_view body,
                      Timestamp received) {
  announce();
  const auto [resource, symbol] = parse_target(target);
  if (resource == Resource::kDepth) take_snapshot(symbol, status, body, received);
  if (resource == Resource::kExchangeInfo) take_exchange_info(status, body);
}

void Adapter::take_snapshot(std::string_view symbol, int status, std::string_view body,
                            Timestamp received) {
  Entry* const entry = closed_ ? nullptr : entry_of(symbol);
  if (entry == nullptr) return;  // asked for by a connection that is gone
  entry->state.fetching = false;
  if (status != 200) return take_snapshot_refusal(*entry, status, body);
  JsonReader reader;
  const auto& snapshot = decoder_.depth(body, reader);
  if (!reader.ok()) {
    events_.on_anomaly(Anomaly::kParseError, reader.detail());
    return request_resync(*entry);
  }
  if (std::exchange(entry->state.unlisted, false)) events_.on_trading(entry->id());
  Timestamp time;
  switch (entry->state.sync.take_snapshot(snapshot.last_update_id, snapshot.bids, snapshot.asks,
                                          time)) {
    case BookSync::SnapshotResult::kSynced:
      return publish_book(*entry, time, received);
    case BookSync::SnapshotResult::kTooOld:
      return request_resync(*entry);
    case BookSync::SnapshotResult::kUnwanted:
      return;
  }
}

void Adapter::take_snapshot_refusal(Entry& entry, int status, std::string_view body) {
  const auto error = decoder_.rest_error(body);
  if (status == 400 && error.code == kInvalidSymbol) {
    entry.state.unlisted = true;
    events_.on_closed(entry.id(), "not listed");
    // One symbol that is not listed makes the venue refuse the question about all of them.
    if (std::exchange(info_refused_, false)) fetch_exchange_info();
    return;
  }
  refusals_.warning(
      "feeds.binance", "no snapshot",
      {{"symbol", entry.instrument.symbol}, {"status", status}, {"message", error.message}});
  request_resync(entry);
}

void Adapter::take_exchange_info(int status, std::string_view body) {
  if (status != 200) {
    info_refused_ = decoder_.rest_error(body).code == kInvalidSymbol;
    return refusals_.warning("feeds.binance", "no exchangeInfo", {{"status", status}});
  }
  JsonReader reader;
  for (const auto& listed : decoder_.exchange_info(body, reader)) {
    if (settings_.discover) {
      listed_pairs_[listed.symbol] = absl::StrCat(to_absl(listed.base), "-", to_absl(listed.quote));
    }
    Entry* const entry = instruments_.find(listed.symbol);
    if (entry == nullptr || listed.status.empty()) continue;
    const bool halted = listed.status != "TRADING";  // BREAK, HALT
    if (halted == std::exchange(entry->state.halted, halted)) continue;
    halted ? events_.on_halted(entry->id(), listed.status) : events_.on_trading(entry->id());
  }
  if (!reader.ok()) events_.on_anomaly(Anomaly::kParseError, reader.detail());
}

}  // namespace tickgate::feeds::binance
