// SPDX-License-Identifier: Apache-2.0
// Nothing is numbered here: a book is proven by the CRC32 that comes with each of its changes, over
// the ten best levels of each side, as the venue's guide "Book checksum, v2" has it. Trade ids only
// rise. Quotes are the proven book's best levels. Which pairs there are and which of them trade
// stands in the channel "instrument", which is asked for until it comes.
#include "feeds/venues/kraken.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "absl/strings/numbers.h"
#include "feeds/adapter/adapter_base.h"
#include "feeds/adapter/asking_pace.h"
#include "feeds/venues/kraken_candles.h"
#include "feeds/venues/kraken_checksum.h"
#include "feeds/venues/kraken_messages.h"
#include "feeds/venues/kraken_subscriptions.h"
#include "feeds/venues/kraken_ticker.h"
#include "schemas/json.h"

namespace tickgate::feeds::kraken {
namespace {

using schemas::Channel;
using schemas::Timestamp;

constexpr VenueFacts kFacts = {
    .name = "kraken",
    .websocket_url = "wss://ws.kraken.com/v2",
    .rest_url = "https://api.kraken.com",
    .integrity = schemas::Integrity::kChecksum,
    .quotes_from_book = true,
    // The venue's own limit moves, and is not published; a resync is two requests.
    .limits = {.sends_per_second = 5,
               .send_burst = 5,
               .resyncs_per_second = 2,
               .connects = 150,
               .connects_within = std::chrono::minutes(10)},
    .clock = {.path = "/0/public/Time",
              .field = "/result/unixtime",
              .unit = std::chrono::seconds(1)},
    .candles = &kCandleWords,
    .heartbeat = std::chrono::seconds(1),
    .book_depths = {.preset = 25, .offered = kDepths},
    .numbered = {.trades = Numbering::kRising},
};

// The least depth the venue offers that is no less than `wanted`.
std::size_t subscribable_depth(std::size_t wanted) {
  if (wanted == 0) return kFacts.book_depths.preset;
  const auto enough = std::ranges::find_if(kDepths, [=](auto depth) { return wanted <= depth; });
  return enough == kDepths.end() ? kDepths.back() : *enough;
}

class Adapter final : public Subscriptions, private MessageVisitor {
 public:
  Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
          AdapterEvents& events)
      : Subscriptions(kFacts, settings, registry, events, subscribable_depth(settings.book_depth)) {
    for (const auto& pair : settings_.pairs) Subscriptions::add_pair(pair);
  }

  // Where the configuration names a host alone, the path is the venue's.
  std::string url() const override {
    if (settings_.websocket_url.empty()) return AdapterBase::url();
    const auto base = without_slash(settings_.websocket_url);
    const auto host = base.find("://");
    const bool has_path = base.find('/', host == base.npos ? 0 : host + 3) != base.npos;
    return std::string(base).append(has_path ? "" : "/v2");
  }

  void on_open(Timestamp now) override {
    begin(now);
    instrument_pace_.stop();
    if (!configured_.empty()) subscribe_to_added(configured_);
  }

  void on_close() override {
    AdapterBase::on_close();
    for (auto& entry : instruments_) {
      entry.state.depth = 0;
      entry.state.refused = entry.state.probing = false;
    }
    forget_requests();
    instrument_pace_.stop();
    instruments_came_ = false;
  }

  void add_numbers(const Entry& entry, std::vector<VenueNumber>& numbers) const override {
    if (entry.state.checksum) numbers.push_back({"checksum", *entry.state.checksum});
  }

  void resync(schemas::InstrumentId instrument) override {
    Entry* const entry = instruments_.find(instrument);
    if (entry == nullptr) return;
    forget_book(*entry, "resync");
    Entry* const one[] = {entry};
    events_.send(request("unsubscribe", "book", one), {});
    subscribe_to(Channel::kBook, one);
  }

  void ask_again(VenueSubscription subscription) override {
    if (subscription.channel == Channel::kBook) return resync(subscription.instrument);
    Entry* const entry = instruments_.find(subscription.instrument);
    if (entry == nullptr || !subscribed_channel(schemas::name(subscription.channel))) return;
    if (subscription.channel == Channel::kTrade) entry->state.trades.doubt();
    Entry* const one[] = {entry};
    events_.send(request("unsubscribe", schemas::name(subscription.channel), one), {});
    subscribe_to(subscription.channel, one);
  }

  // A subscription to the ticker begins with one, which has the best prices.
  bool probe(schemas::InstrumentId instrument) override {
    Entry* const entry = instruments_.find(instrument);
    if (entry == nullptr || !entry->state.synced) return false;
    ask_again({instrument, Channel::kTicker});
    entry->state.probing = true;
    return true;
  }

  void on_text(std::string_view frame, Timestamp received) override {
    begin(received);
    history_.clear();
    fresh_trades_.clear();
    ++frame_;
    nameless_trade_ = false;
    JsonReader reader;
    const auto kind = decoder_.decode(frame, *this, reader);
    if (kind == MessageKind::kInstrument && reader.ok()) take_absences();
    if (!history_.empty() || !fresh_trades_.empty()) take_trades();
    if (nameless_trade_) [[unlikely]] {  // whose, nobody knows, nor whether it was the newest
      for (auto& entry : instruments_) entry.state.trades.doubt();
    }
    if (instrument_pace_.due(received)) [[unlikely]]
      ask_for_instruments();
    if (!reader.ok()) {
      events_.on_anomaly(Anomaly::kParseError, reader.detail());
      lose_frame(frame, kind);
    } else if (kind == MessageKind::kUnknown) {
      events_.on_anomaly(Anomaly::kUnknownMessage, frame.substr(0, 100));
    }
  }

 private:
  std::string pair_of(std::string_view symbol) const override {
    std::string out(symbol);
    const auto slash = out.find('/');
    if (slash == std::string::npos) return {};
    out[slash] = '-';
    return out;
  }

  // What cannot be read to its end. Its text tells whose it was: their books are made anew, since a
  // checksum would not show what was lost behind the ten best levels. Trades it may
  // always have had.
  void lose_frame(std::string_view frame, MessageKind kind) {
    const bool any = kind == MessageKind::kUnknown;
    for (auto& entry : instruments_) {
      if (any || kind == MessageKind::kTrade) entry.state.trades.doubt();
      const bool of_book = any || kind == MessageKind::kBook;
      if (!of_book || !entry.state.synced || frame.find(entry.venue_symbol) == frame.npos) continue;
      forget_book(entry, "unreadable message");
      request_resync(entry);
    }
  }

  void on_item(MessageKind kind, bool is_snapshot, const Item& item, JsonReader& reader) override {
    const auto& tokens = item.tokens;
    JsonReader of_name;
    if (kind == MessageKind::kStatus) {
      const auto system = of_name.text(tokens.system, "system");
      if (of_name.ok()) return on_system_status(system);
      return events_.on_anomaly(Anomaly::kParseError, of_name.detail());
    }
    const auto symbol = of_name.text(tokens.symbol, "symbol");
    if (kind == MessageKind::kInstrument) {  // of every pair of the venue
      whole_list_ = is_snapshot;
      nameless_pair_ = nameless_pair_ || !of_name.ok();
      Entry* const entry = of_name.ok() ? instruments_.find(symbol) : nullptr;
      if (entry == nullptr) return;
      entry->state.listed_by = frame_;
      const auto status = of_name.text(tokens.status, "status");
      if (of_name.ok()) return on_pair_status(*entry, status);
      return events_.on_anomaly(Anomaly::kParseError, of_name.detail());
    }
    if (!of_name.ok()) reader = of_name;
    Entry* const entry = of_name.ok() ? entry_of(symbol) : nullptr;
    if (entry != nullptr) {
      if (kind == MessageKind::kBook) return on_book(*entry, is_snapshot, item, reader);
      if (kind == MessageKind::kTrade) on_trade(*entry, is_snapshot, tokens, reader);
      if (kind == MessageKind::kTicker) on_ticker(*entry, is_snapshot, tokens, reader);
    } else if (kind == MessageKind::kTrade && !reader.ok()) {
      nameless_trade_ = true;
    }
    if (!reader.ok()) events_.on_anomaly(Anomaly::kParseError, reader.detail());
  }

  // The market: books and their proof, trades, tickers.

  void on_book(Entry& entry, bool is_snapshot, const Item& item, JsonReader& reader) {
    State& state = entry.state;
    const auto expected = reader.count(item.tokens.checksum, "checksum");
    if (!reader.ok()) {  // its levels are lost to us
      quarantine(entry, Channel::kBook, reader);
      if (is_snapshot || state.synced) {
        invalidate_book(entry, Anomaly::kParseError, reader.detail(), "unreadable book message");
      } else {
        events_.on_anomaly(Anomaly::kParseError, reader.detail());
      }
      return;
    }
    if (is_snapshot) {
      state.levels.clear();
    } else if (!state.synced) {
      return;  // of a subscription given up; the new one begins with a snapshot
    }
    for (const auto& level : item.bids) state.levels.set(BookSide::kBid, level.price, level.size);
    for (const auto& level : item.asks) state.levels.set(BookSide::kAsk, level.price, level.size);
    state.probing = false;
    if (is_snapshot && state.depth == 0) {  // no acknowledgement seen
      const auto size = std::max(item.bids.size(), item.asks.size());
      state.depth = subscribable_depth(std::max<std::size_t>(size, 1));
    }
    state.levels.truncate(state.depth);  // the venue sends no delete for what falls out
    if (!proves(entry, expected, is_snapshot)) return;
    publish_book(entry, rfc3339_time(item.tokens.timestamp));
  }
  bool proves(Entry& entry, std::uint64_t expected, bool is_snapshot) {
    const auto computed = checksum(entry.state.levels);
    if (computed == expected) {
      entry.state.checksum = expected;
      if (!is_snapshot) events_.on_checksum_verified(entry.id());
      return true;
    }
    const auto detail =
        fmt::format("{}: ours {}, the venue's {}", entry.instrument().symbol, computed, expected);
    return !invalidate_book(entry, Anomaly::kChecksumFailed, detail, "checksum failed");
  }

  // Gathered, for the order on the wire is not promised to be that of the ids.
  void on_trade(Entry& entry, bool is_history, const Item::Tokens& tokens, JsonReader& reader) {
    JsonReader of_id;
    const auto id = of_id.count(tokens.trade_id, "trade_id");
    if (!of_id.ok()) {
      reader.fail("trade_id", tokens.trade_id);
      if (is_history) return entry.state.trades.doubt();
      return lose_trade(entry, std::nullopt);
    }
    if (is_history) return history_.push_back({&entry, id});
    auto& fresh = fresh_trades_.emplace_back(FreshTrade{&entry, id, false, {}});
    schemas::Trade& trade = fresh.trade;
    stamp(trade, rfc3339_time(tokens.timestamp));
    trade.price = reader.price(tokens.price, "price");
    trade.size = reader.size_of_trade(tokens.qty, "qty");
    trade.id = unquoted(tokens.trade_id);
    trade.header.sequence = schemas::SequenceNumber(id);
    const auto side = unquoted(tokens.side);
    if (side != "buy" && side != "sell") reader.fail("side", tokens.side);
    trade.side = side == "buy" ? schemas::Side::kBuy : schemas::Side::kSell;
    fresh.readable = reader.ok();
    if (!fresh.readable) [[unlikely]]
      quarantine(entry, Channel::kTrade, reader);
  }
  void take_trades() {
    while (!history_.empty()) {  // of one symbol after the other
      Entry* const entry = history_.back().entry;
      ids_.clear();
      std::erase_if(history_, [&](const HistoryTrade& one) {
        if (one.entry == entry) ids_.push_back(one.id);
        return one.entry == entry;
      });
      announce_loss(*entry, entry->state.trades.accept_history(ids_));
    }
    std::ranges::stable_sort(fresh_trades_, {}, &FreshTrade::id);
    for (auto& [entry, id, readable, trade] : fresh_trades_) {
      if (!readable) {
        lose_trade(*entry, id);
      } else if (accept_trade(*entry, id, trade.header.venue_time)) {
        entry->state.probing = false;
        if (!std::exchange(entry->state.traded, true)) tell_trading(*entry);
        publish(*entry, trade);
      }
    }
  }

  void on_ticker(Entry& entry, bool is_snapshot, const Item::Tokens& tokens, JsonReader& reader) {
    schemas::Ticker ticker;
    stamp(ticker, rfc3339_time(tokens.timestamp));
    read_ticker(tokens, ticker, reader);
    const bool asked = std::exchange(entry.state.probing, false);
    if (asked && is_snapshot) answer_probe(entry, tokens);
    publish_ticker(entry, ticker, reader);
  }
  void answer_probe(const Entry& entry, const Item::Tokens& tokens) {
    JsonReader reader;
    schemas::Quote shown;
    entry.state.levels.write_best(shown);
    const bool same = reader.price_or_zero(tokens.bid, "bid") == shown.bid &&
                      reader.price_or_zero(tokens.ask, "ask") == shown.ask;
    if (reader.ok() && entry.state.synced) events_.on_probed(entry.id(), same);
  }

  // Whether a pair trades, as the venue says of itself and of the pair.

  void on_system_status(std::string_view status) {
    note_unknown(status);
    system_status_ = status;
    for (auto& entry : instruments_) {
      entry.state.traded = false;
      tell_trading(entry);
    }
  }
  void on_pair_status(Entry& entry, std::string_view status) {
    note_unknown(status);
    const bool was_closed = entry.state.trading == Trading::kClosed;
    entry.state.status = status;
    entry.state.traded = false;
    tell_trading(entry);
    // Listed since it was refused, or again: at once, and not when the feed asks the next time.
    if (entry.state.trading == Trading::kClosed) return;
    if (std::exchange(entry.state.refused, false) || was_closed) {
      for (const Channel channel : kChannels) ask_again({entry.id(), channel});
    }
  }
  // What the whole list leaves out is not listed. Its changes are pushed from here on.
  void take_absences() {
    for (auto& entry : instruments_) {
      const bool left_out = whole_list_ && !nameless_pair_ && entry.state.listed_by != frame_;
      if (left_out) on_pair_status(entry, kNotListed);
    }
    whole_list_ = nameless_pair_ = false;
    instruments_came_ = true;
    instrument_pace_.answered(received_);
  }
  void note_unknown(std::string_view status) {
    if (trading_of(status)) return;
    events_.on_anomaly(Anomaly::kUnknownMessage, fmt::format("status {}", status.substr(0, 100)));
  }
  // The pair's own status, unless the whole venue's is worse.
  void tell_trading(Entry& entry) {
    const auto unknown = entry.state.traded ? Trading::kOn : Trading::kHalted;
    const auto system = trading_of(system_status_).value_or(unknown);
    const auto own = trading_of(entry.state.status).value_or(unknown);
    set_trading(entry, std::max(system, own), own >= system ? entry.state.status : system_status_);
  }

  void ask_for_instruments() override {
    if (std::exchange(instruments_came_, false)) {
      events_.send(request("unsubscribe", "instrument", {}), {});
    }
    events_.send(request("subscribe", "instrument", {}), {});
    instrument_pace_.asked(received_);
  }

  void on_reply(const Reply& reply) override { Subscriptions::on_reply(reply); }

  struct HistoryTrade {
    Entry* entry;
    std::uint64_t id;
  };
  struct FreshTrade {
    Entry* entry;
    std::uint64_t id;
    bool readable;
    schemas::Trade trade;
  };

  MessageDecoder decoder_;
  std::string system_status_ = "online";
  AskingPace instrument_pace_;
  bool instruments_came_ = false;  // since they were asked for
  bool whole_list_ = false;        // stands in the frame at hand
  bool nameless_pair_ = false;     // so does one that may be any
  std::uint64_t frame_ = 0;        // its number

  // Of the frame at hand; reused.
  std::vector<HistoryTrade> history_;
  std::vector<FreshTrade> fresh_trades_;
  bool nameless_trade_ = false;
  std::vector<std::uint64_t> ids_;
};

}  // namespace

const VenueFacts& facts() { return kFacts; }

std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events) {
  return std::make_unique<Adapter>(settings, registry, events);
}

}  // namespace tickgate::feeds::kraken
