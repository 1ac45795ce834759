// SPDX-License-Identifier: Apache-2.0
// sequence_num counts up by one through all messages of a connection, acknowledgements too
// ("Sequence Numbers" in the venue's guide to its WebSocket): a hole may be any product's. A book
// is level2's snapshot and its updates; after a hole, or when some of it can't be read, level2 is
// subscribed to anew, while the rest goes on. The venue closes what gets no updates for a minute
// unless there are heartbeats.
#include "feeds/venues/coinbase.h"

#include <algorithm>
#include <optional>
#include <span>

#include "feeds/adapter/asking_pace.h"
#include "feeds/adapter/venue_time.h"
#include "feeds/venues/coinbase_candles.h"
#include "feeds/venues/coinbase_sequence.h"
#include "feeds/venues/coinbase_snapshot.h"
#include "feeds/venues/coinbase_subscriptions.h"

namespace tickgate::feeds::coinbase {
namespace {

using schemas::Channel;
using schemas::Timestamp;

constexpr VenueFacts kFacts = {
    .name = "coinbase",
    .websocket_url = "wss://advanced-trade-ws.coinbase.com",
    .rest_url = "https://api.coinbase.com",
    .integrity = schemas::Integrity::kSequence,
    .quotes_from_book = true,
    // Unauthenticated messages, per address; a resync is two.
    .limits = {.sends_per_second = 8,
               .send_burst = 8,
               .sends_by_host = true,
               .fetch_weight_per_second = 5,
               .resyncs_per_second = 2,
               .max_frame_bytes = 64U << 20U,  // the snapshot of BTC-USD has 5 MB
               .between_connects = std::chrono::milliseconds(125)},
    .clock = {.path = "/api/v3/brokerage/time",
              .field = "/epochMillis",
              .unit = std::chrono::milliseconds(1)},
    .candles = &kCandleWords,
    .heartbeat = std::chrono::seconds(1),
    .numbered = {.trades = Numbering::kRising},
};

class Adapter final : public Subscriptions {
 public:
  Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
          AdapterEvents& events)
      : Subscriptions(kFacts, settings, registry, events) {
    for (const auto& pair : settings_.pairs) Subscriptions::add_pair(pair);
  }

  void on_open(Timestamp now) override {
    begin(now);
    numbers_.restart();
    status_pace_.stop();
    if (configured_.empty()) return;  // a capture: there is nobody to ask
    events_.send(make_request("subscribe", "heartbeats", also_named_), {});
    std::vector<Entry*> all = configured_;
    std::erase_if(all, [](const Entry* entry) { return entry->state.elsewhere; });
    for (std::size_t what = 0; what < kSubscribables.size(); ++what) subscribe(what, all);
    status_pace_.asked(now);
  }

  void on_close() override {
    AdapterBase::on_close();
    for (auto& entry : instruments_) {
      State& state = entry.state;
      state.asked = 0;
      state.granted = state.in_hole = state.asked_with_other = state.refused = false;
      state.probing = false;
    }
    forget_pieces();
    status_pace_.stop();
    status_rests_ = false;
  }

  // Of the connection: it counts all messages of all products together.
  void add_numbers(const Entry&, std::vector<VenueNumber>& numbers) const override {
    if (const auto last = numbers_.last()) numbers.push_back({"sequence_num", *last});
  }

  // The venue sends a snapshot for each subscription to level2, so that is asked for anew: after a
  // hole for many products in one message, for their turns come one by one.
  void resync(schemas::InstrumentId instrument) override {
    Entry* const entry = instruments_.find(instrument);
    if (entry == nullptr || entry->state.elsewhere) return;
    if (std::exchange(entry->state.asked_with_other, false)) return;
    std::vector<Entry*> some{entry};
    for (auto& other : instruments_) {
      if (!entry->state.in_hole || some.size() == kProductsPerMessage) break;
      if (&other == entry || !std::exchange(other.state.in_hole, false)) continue;
      other.state.asked_with_other = true;
      some.push_back(&other);
    }
    entry->state.in_hole = false;
    for (Entry* const each : some) forget_book(*each, "resync");
    subscribe_anew(kLevel2, some);
  }

  void ask_again(VenueSubscription subscription) override {
    Entry* const entry = instruments_.find(subscription.instrument);
    if (entry == nullptr || entry->state.elsewhere) return;
    if (subscription.channel == Channel::kBook) return resync(subscription.instrument);
    for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
      if (kSubscribables[what].stands_for != subscription.channel) continue;
      if (what == kTrades) entry->state.trades.doubt();
      Entry* const one[] = {entry};
      subscribe_anew(what, one);
    }
  }

  bool probe(schemas::InstrumentId instrument) override {
    Entry* const entry = instruments_.find(instrument);
    if (entry == nullptr || !entry->state.synced || entry->state.elsewhere) return false;
    entry->state.probing = true;
    events_.fetch(rest_url(
        fmt::format("{}?product_id={}&limit=1", kBookPath, percent_encoded(entry->venue_symbol))));
    return true;
  }
  void on_http(std::string_view target, int status, std::string_view body,
               Timestamp received) override {
    begin(received);
    const auto product = product_asked_for(target);
    if (!product) return events_.on_anomaly(Anomaly::kUnknownMessage, target);
    Entry* const entry = instruments_.find(*product);
    if (entry == nullptr || !std::exchange(entry->state.probing, false)) return;
    const auto best = status == 200 ? decoder_.best_prices(body) : std::nullopt;
    if (!best || !entry->state.synced) return;
    schemas::Quote shown;
    entry->state.levels.write_best(shown);
    const bool same = shown.bid == best->bid && shown.ask == best->ask;
    entry->for_each_instrument(
        [&](const auto& instrument) { events_.on_probed(instrument.id, same); });
  }

  // {"type":"subscribe","product_ids":["ABC-USDC"],"channel":"level2"}: what comes for it is named
  // "ABC-USD", which nobody asked for.
  void on_sent(std::string_view text) override {
    for (const auto& product : decoder_.products_of(text)) discover_named(product);
  }

  void on_text(std::string_view frame, Timestamp received) override {
    begin(received);
    JsonReader reader;
    const Message& message = decoder_.decode(frame, reader);
    if (status_pace_.due(received)) [[unlikely]]
      ask_for_status();
    // A message that can't be walked is as lost as one that never came, and its successor says so.
    const bool old = message.complete && message.sequence && is_old(*message.sequence);
    if (message.complete && !message.sequence && !message.channel.empty()) numbers_.accept_unread();
    if (!reader.ok()) return on_unreadable(message, reader);
    if (!message.bad_item.empty()) events_.on_anomaly(Anomaly::kParseError, message.bad_item);
    if (message.lost_unknown) lose_unknown(message.channel);
    // Trades have numbers of their own, and answers do no harm twice.
    if (message.channel == "market_trades") {
      on_trades(message);
      if (message.lost_unknown) lose_unknown(message.channel);  // one that is newer, perhaps
      return;
    }
    if (message.channel == "subscriptions") return on_subscriptions(message);
    if (old) return;
    if (message.channel == "l2_data") return on_books(message);
    if (message.channel == "ticker") return on_tickers(message);
    if (message.channel == "status") return on_status(message);
    if (message.channel.empty() && message.type == "error") return on_error(message);
    static constexpr std::string_view kUnused[] = {"heartbeats", "candles", "ticker_batch"};
    if (std::ranges::find(kUnused, message.channel) == std::end(kUnused)) {
      events_.on_anomaly(Anomaly::kUnknownMessage, frame.substr(0, 100));
      if (message.channel.find('\\') != message.channel.npos) lose_unknown({});  // any, escaped
    }
  }

 private:
  // Null also for what another connection serves.
  Entry* served(std::string_view product) {
    Entry* const entry = entry_of(product);
    return entry != nullptr && entry->state.elsewhere ? nullptr : entry;
  }

  // Whether a message is one seen before. A hole concerns whom nobody knows: every book is asked
  // for anew, trades are in doubt, tickers go on.
  bool is_old(std::uint64_t number) {
    const auto last = numbers_.last();
    const auto is = numbers_.accept(number);
    if (is == MessageNumbers::Is::kNext) [[likely]]
      return false;
    const auto text = fmt::format("sequence_num {} after {}", number, last.value_or(0));
    if (is == MessageNumbers::Is::kOld) {
      events_.on_anomaly(Anomaly::kDuplicate, text);
      return true;
    }
    events_.on_anomaly(Anomaly::kGap, text);
    if (is == MessageNumbers::Is::kAfterHole) {
      for (auto& entry : instruments_) {
        entry.state.trades.doubt();
        if (settings_.gaps == GapPolicy::kResync) mend_hole(entry);
      }
    }
    return false;
  }
  // A book that is on its way is not asked for twice.
  void mend_hole(Entry& entry) {
    if (entry.state.elsewhere || entry.state.in_hole || entry.state.asked_with_other) return;
    if (!entry.state.synced && entry.state.waits_for(kLevel2)) return;
    entry.state.in_hole = true;
    forget_book(entry, "sequence gap");
    request_resync(entry);
  }

  void on_unreadable(const Message& message, const JsonReader& reader) {
    events_.on_anomaly(Anomaly::kParseError, reader.detail());
    // Of a frame that is no message at all the next one's number tells.
    const bool known_kind = message.complete || !message.channel.empty();
    if (known_kind && message.books.empty() && message.trades.empty()) {
      lose_unknown(message.channel);
    }
    for (const auto& event : message.books) {
      if (Entry* const entry = instruments_.find(event.product)) lose_book(*entry);
    }
    for (const auto& trade : message.trades) {
      if (Entry* const entry = instruments_.find(trade.product)) entry->state.trades.doubt();
    }
  }

  // Something of this channel, or of one that is not known, is lost, and nobody knows whose.
  void lose_unknown(std::string_view channel) {
    for (auto& entry : instruments_) {
      const bool any = channel.empty();
      if ((any || channel == "l2_data") && entry.state.synced) lose_book(entry);
      if (any || channel == "market_trades") entry.state.trades.doubt();
    }
  }

  // The market: books, trades, tickers.

  void on_books(const Message& message) {
    touched_.clear();
    for (const auto& event : message.books) {
      Entry* const entry = served(event.product);
      if (entry == nullptr) continue;
      entry->state.probing = false;
      if (!event.readable) {
        quarantine(*entry, Channel::kBook, event.flaw);
        lose_book(*entry);
      } else if (event.snapshot) {
        entry->state.granted = true;
        entry->state.in_hole = entry->state.asked_with_other = false;
        filler_.fill(entry->state.levels, message.levels_of(event));
        mark_synced(*entry);
      } else if (entry->state.synced) {
        for (const auto& update : message.levels_of(event)) {
          entry->state.levels.set(update.side, update.level.price, update.level.size);
        }
      } else {
        continue;  // waits for its snapshot
      }
      touch(*entry);
    }
    if (touched_.empty()) return;
    const auto time = rfc3339_time(message.timestamp);
    for (Entry* const entry : touched_) {
      if (entry->state.synced) publish_book(*entry, time);
    }
  }
  void lose_book(Entry& entry) {
    forget_book(entry, "unreadable update");
    request_resync(entry);
  }
  // False: it was already.
  bool touch(Entry& entry) {
    if (std::ranges::find(touched_, &entry) != touched_.end()) return false;
    touched_.push_back(&entry);
    return true;
  }

  void on_trades(const Message& message) {
    on_trade_history(message);
    fresh_trades_.clear();
    for (const auto& item : message.trades) {
      if (item.snapshot) continue;
      if (Entry* const entry = served(item.product)) fresh_trades_.emplace_back(entry, &item);
    }
    // Newest first on the wire.
    std::ranges::stable_sort(fresh_trades_, {}, [](const auto& fresh) { return fresh.second->id; });
    for (const auto& [entry, item] : fresh_trades_) on_trade(*entry, *item);
  }
  // The last trades before we subscribed: history. What of it we should have sent is lost.
  void on_trade_history(const Message& message) {
    touched_.clear();
    for (const auto& item : message.trades) {
      Entry* const entry = item.snapshot ? served(item.product) : nullptr;
      if (entry == nullptr || !touch(*entry)) continue;
      ids_.clear();
      for (const auto& other : message.trades) {
        if (other.snapshot && other.has_id && other.product == item.product) {
          ids_.push_back(other.id);
        }
      }
      announce_loss(*entry, entry->state.trades.accept_history(ids_));
    }
  }
  void on_trade(Entry& entry, const TradeItem& item) {
    if (!item.readable) {
      quarantine(entry, Channel::kTrade, item.flaw);
      return lose_trade(entry, item.has_id ? std::optional(item.id) : std::nullopt);
    }
    schemas::Trade trade;
    stamp(trade, rfc3339_time(item.time));
    if (!accept_trade(entry, item.id, trade.header.venue_time)) return;
    trade.price = item.price;
    trade.size = item.size;
    trade.side = item.side;
    trade.id = item.id_text;
    trade.header.sequence = schemas::SequenceNumber(item.id);
    entry.state.probing = false;
    if (!std::exchange(entry.state.status_known, true)) set_trading(entry, Trading::kOn, {});
    publish(entry, trade);
  }

  void on_tickers(const Message& message) {
    if (message.tickers.empty()) return;
    schemas::Ticker ticker;
    stamp(ticker, rfc3339_time(message.timestamp));
    for (const auto& item : message.tickers) {
      Entry* const entry = served(item.product);
      if (entry != nullptr && item.flaw) quarantine(*entry, Channel::kTicker, item.flaw);
      if (entry == nullptr || item.flaw) continue;
      ticker.last = item.last;
      ticker.high = item.high;
      ticker.low = item.low;
      ticker.volume = item.volume;
      publish_ticker(*entry, ticker);
    }
  }

  // Whether a product trades. A word that is new to us is a halt, until a trade shows that it is
  // none.
  void on_status(const Message& message) {
    for (const auto& item : message.products) {
      Entry* const entry = instruments_.find(item.product);
      if (entry == nullptr || entry->state.elsewhere) continue;
      const bool on = item.status == "online", closed = item.status == "delisted";
      entry->state.status_known =
          on || closed || item.status == "offline" || item.status == "internal";
      if (!entry->state.status_known) {
        events_.on_anomaly(Anomaly::kUnknownMessage,
                           fmt::format("status {}", item.status.substr(0, 100)));
      }
      const bool was_closed = entry->state.trading == Trading::kClosed;
      set_trading(*entry,
                  on       ? Trading::kOn
                  : closed ? Trading::kClosed
                           : Trading::kHalted,
                  item.status);
      // Listed since it was refused, or again: at once, not when the feed asks the next time.
      if (closed || !(std::exchange(entry->state.refused, false) || was_closed)) continue;
      for (std::size_t what = 0; what < kStatus; ++what) {
        ask_again({entry->id(), *kSubscribables[what].stands_for});
      }
    }
  }
  void ask_for_status() {
    std::vector<Entry*> all = configured_;
    std::erase_if(all, [](const Entry* entry) { return entry->state.elsewhere; });
    std::vector<Entry*> waiting = all;
    std::erase_if(waiting, [](const Entry* entry) { return !entry->state.waits_for(kStatus); });
    const bool answered = waiting.empty();
    if (answered) status_pace_.answered(received_);
    if (answered && !std::exchange(status_rests_, true)) return;
    status_rests_ = false;
    answered ? subscribe_anew(kStatus, all) : subscribe(kStatus, waiting);
    status_pace_.asked(received_);
  }

  MessageNumbers numbers_;  // of this connection
  AskingPace status_pace_;
  bool status_rests_ = false;  // it was answered, and is asked for anew when it is due

  // Reused, to allocate nothing per message.
  std::vector<Entry*> touched_;
  std::vector<std::pair<Entry*, const TradeItem*>> fresh_trades_;
  std::vector<std::uint64_t> ids_;
  SnapshotFiller filler_;
};

}  // namespace

const VenueFacts& facts() { return kFacts; }

std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events) {
  return std::make_unique<Adapter>(settings, registry, events);
}

}  // namespace tickgate::feeds::coinbase
