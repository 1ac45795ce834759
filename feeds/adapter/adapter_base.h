// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/adapter/adapter_symbols.h"
#include "feeds/adapter/candle_questions.h"
#include "feeds/adapter/json_reader.h"
#include "feeds/adapter/trade_ids.h"
#include "feeds/adapter/venue_adapter.h"
#include "feeds/adapter/venue_time.h"
#include "feeds/log/log.h"
#include "fmt/format.h"

namespace tickgate::feeds {

// What a venue says of a symbol, or of itself.
enum class Trading : std::uint8_t { kOn, kHalted, kClosed };

inline std::string_view without_slash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

// What every adapter keeps of one of its venue's symbols. A venue's own state is derived from it
// and adds `TradeIds trades`, `const OrderBook& book() const` and `void clear_book()`. Trades and
// halts outlive a connection; what else does not is for the venue's own on_close() to reset, which
// then calls this one's.
struct SymbolState {
  bool synced = false;             // the book is, as the receiver knows
  bool fetching = false;           // a snapshot was asked for and has not come
  Trading trading = Trading::kOn;  // as the receiver knows

  // What the venue said of it to a predecessor holds until it says something else; the receiver
  // does likewise. A venue that keeps more of it adds that.
  void continue_from(const SymbolState& other) { trading = other.trading; }
};

// What all adapters do alike: publish and invalidate books, drop trades seen before. A venue adds
// its words and its rule for books. No socket, thread or clock.
template <typename State>
class AdapterBase : public AdapterSymbols<State> {
  using Symbols = AdapterSymbols<State>;

 public:
  std::string url() const override {
    return settings_.websocket_url.empty() ? std::string(facts_.websocket_url)
                                           : settings_.websocket_url;
  }
  const VenueFacts& facts() const override { return facts_; }
  // A venue at another address is asked for its time there, or not at all.
  std::string clock_url() const override {
    return is_elsewhere() || facts_.clock.path.empty() ? std::string()
                                                       : rest_url(facts_.clock.path);
  }
  // Likewise.
  bool ask_candles(const CandleRequest& request) override {
    const Entry* const entry = instruments_.find(request.instrument);
    if (entry == nullptr || settings_.discover || is_elsewhere()) return false;
    return candles_.ask(request, entry->venue_symbol);
  }
  // Of a recording: the venue's time, which the recorder had asked for.
  void on_answer(const FetchAnswer& answer, schemas::Timestamp received) override {
    if (facts_.clock.is_asked_by(answer.target)) return;
    if (candles_.take(answer, received)) return;
    VenueAdapter::on_answer(answer, received);
  }
  // For a venue without REST.
  void on_http(std::string_view target, int, std::string_view, schemas::Timestamp) override {
    events_.on_anomaly(Anomaly::kUnknownMessage, target);
  }
  void on_close() override {
    candles_.forget();
    this->forget_left();
    for (auto& entry : instruments_) {
      entry.state.clear_book();
      entry.state.synced = entry.state.fetching = false;
      entry.state.trades.doubt();
    }
  }
  bool continue_from(const VenueAdapter& predecessor) override {
    const auto* const other = dynamic_cast<const AdapterBase*>(&predecessor);
    if (other == nullptr) return false;
    bool exact = true;
    for (auto& entry : instruments_) {
      exact = exact && entry.state.trades.exact();
      const Entry* const known = other->instruments_.find(entry.id());
      if (known == nullptr) continue;
      entry.state.trades.continue_from(known->state.trades);
      if (!announced()) entry.state.continue_from(known->state);  // else it knows better itself
    }
    return exact;
  }
  std::vector<VenueNumber> numbers(schemas::InstrumentId instrument) const override {
    std::vector<VenueNumber> numbers;
    const Entry* const entry = instruments_.find(instrument);
    if (entry == nullptr) return numbers;
    if (const auto id = entry->state.trades.last()) numbers.push_back({"trade_id", *id});
    add_numbers(*entry, numbers);
    return numbers;
  }
  const OrderBook* book(schemas::InstrumentId instrument) const override {
    const Entry* const entry = instruments_.find(instrument);
    return entry != nullptr && entry->state.synced ? &entry->state.book() : nullptr;
  }

 protected:
  using Symbols::announced, Symbols::message;
  using Symbols::configured_, Symbols::events_, Symbols::instruments_, Symbols::log_name_;
  using Symbols::received_, Symbols::settings_;
  using typename Symbols::Entry;

  // `facts` are constant data of the venue's; the others outlive the adapter.
  AdapterBase(const VenueFacts& facts, const AdapterSettings& settings,
              schemas::InstrumentRegistry& registry, AdapterEvents& events)
      : Symbols(facts, settings, registry, events),
        facts_(facts),
        candles_(facts.candles, rest_url({}), log_name_, events) {}

  // What the venue numbers beside its trades.
  virtual void add_numbers(const Entry& /*entry*/, std::vector<VenueNumber>& /*numbers*/) const {}
  std::string rest_url(std::string_view path) const {
    const std::string_view set = settings_.rest_url;
    return std::string(set.empty() ? facts_.rest_url : without_slash(set)).append(path);
  }
  bool is_elsewhere() const {
    return settings_.rest_url.empty() && !settings_.websocket_url.empty();
  }
  // The venue's times, as they stand in its messages. A message without one is no fault, and one
  // that cannot be read costs the time alone.
  schemas::Timestamp rfc3339_time(std::string_view token) {
    return read_time(token, [](std::string_view text) { return parse_rfc3339(text); });
  }
  schemas::Timestamp unix_time(std::string_view token) {
    return read_time(token, [](std::string_view text) { return parse_unix_time(text); });
  }

  // A tick's header but for the instrument, which publish() gives. Field by field: a header made
  // elsewhere and copied is read in wide loads that wait for the stores just made.
  template <typename Tick>
  void stamp(Tick& tick, schemas::Timestamp time) {
    tick.header.channel = Tick::kChannel;
    tick.header.venue_time = time == schemas::kNoTime ? time : plausible(time);
    tick.header.receive_time = received_;
  }
  template <typename Tick>
  void publish(const Entry& entry, Tick& tick) {
    entry.for_each_instrument([&](const schemas::Instrument& instrument) {
      tick.header.instrument = instrument.id;
      events_.on_tick(tick);
    });
  }
  // A quote that comes by a channel of its own. A side without a price or a size is empty; one
  // whose sides cross, or that has none, is no quote.
  void publish_quote(Entry& entry, schemas::Quote& quote) {
    const auto empty = [](schemas::Price price, schemas::Quantity size) {
      return price.value().is_zero() || size.value().is_zero();
    };
    const bool no_bid = empty(quote.bid, quote.bid_size);
    const bool no_ask = empty(quote.ask, quote.ask_size);
    const auto for_nothing = [](schemas::Price price, schemas::Quantity size) {
      return price.value().is_zero() && !size.value().is_zero();
    };
    if (for_nothing(quote.bid, quote.bid_size) || for_nothing(quote.ask, quote.ask_size))
        [[unlikely]] {
      quarantine(entry, schemas::Channel::kQuote, Implausible::kBadPrice, "0");
      events_.on_anomaly(Anomaly::kParseError, fmt::format("{}: a price of 0", entry.venue_symbol));
      return drop_quote(entry, "a price of 0");
    }
    if (no_bid) quote.bid = {}, quote.bid_size = {};
    if (no_ask) quote.ask = {}, quote.ask_size = {};
    const bool crossed = !no_bid && !no_ask && quote.bid >= quote.ask;
    if (!crossed && !(no_bid && no_ask)) [[likely]]
      return publish(entry, quote);
    const std::string_view what = crossed ? "crossed quote" : "a quote of nothing";
    if (crossed)
      quarantine_price(entry, schemas::Channel::kQuote, Implausible::kCrossedQuote, quote.bid);
    events_.on_anomaly(Anomaly::kCrossedBook, fmt::format("{}: {}", entry.venue_symbol, what));
    drop_quote(entry, what);
  }
  // A market without a trade has zeros for prices, and nothing to tell.
  void publish_ticker(const Entry& entry, schemas::Ticker& ticker, const JsonReader& reader) {
    if (!reader.ok()) return quarantine(entry, schemas::Channel::kTicker, reader);
    publish_ticker(entry, ticker);
  }
  void publish_ticker(const Entry& entry, schemas::Ticker& ticker) {
    if (!ticker.last.value().is_zero()) [[likely]]
      return publish(entry, ticker);
    if (ticker.high.value().is_zero() && ticker.volume.value().is_zero()) return;
    quarantine(entry, schemas::Channel::kTicker, Implausible::kBadPrice, "0");
  }
  // What cannot be right in the message at hand: said beside whatever follows from it.
  void quarantine(const Entry& entry, schemas::Channel channel, Implausible reason,
                  std::string_view price) {
    entry.for_each_instrument([&](const schemas::Instrument& instrument) {
      events_.on_quarantined({instrument.id, channel, reason, price, {}});
    });
  }
  // If that is why it cannot be used.
  void quarantine(const Entry& entry, schemas::Channel channel, const JsonReader& reader) {
    if (const auto why = reader.implausible()) {
      quarantine(entry, channel, *why, unquoted(reader.token()));
    }
  }
  void quarantine(const Entry& entry, schemas::Channel channel, const std::optional<Flaw>& flaw) {
    if (flaw) quarantine(entry, channel, flaw->reason, flaw->number);
  }
  void quarantine_price(const Entry& entry, schemas::Channel channel, Implausible reason,
                        schemas::Price price) {
    std::array<char, schemas::Decimal::kMaxText> text;
    quarantine(entry, channel, reason,
               {text.data(), schemas::write_decimal(text.data(), price.value())});
  }
  // What replaced the last quote is none, or cannot be read: that one is not live any more.
  void drop_quote(const Entry& entry, std::string_view reason) {
    entry.for_each_instrument(
        [&](const auto& instrument) { events_.on_quote_invalid(instrument.id, reason); });
  }
  // False, and counted, for a trade seen before; one that was lost before it is announced. `time`
  // is the trade's own, by the venue.
  bool accept_trade(Entry& entry, std::uint64_t id, schemas::Timestamp time) {
    const auto lost = entry.state.trades.accept(id, {message(), time});
    if (!lost) {
      events_.on_anomaly(Anomaly::kDuplicate,
                         fmt::format("trade {} of {}", id, entry.venue_symbol));
      return false;
    }
    announce_loss(entry, *lost);
    return true;
  }
  // A new trade that cannot be read: it and what was lost before it are announced.
  void lose_trade(Entry& entry, std::optional<std::uint64_t> id) {
    auto& trades = entry.state.trades;
    announce_loss(entry, id ? trades.lose(*id, {message(), schemas::kNoTime}) : trades.lose_one());
  }
  void announce_loss(const Entry& entry, std::uint64_t trades) {
    if (trades == 0) return;
    entry.for_each_instrument([&](const schemas::Instrument& instrument) {
      events_.on_trades_lost(instrument.id, trades);
    });
  }

  // The book as it is now, and its quote where the venue has no other; unless it is crossed.
  // `number`: the venue's, where it is the same over every connection.
  void publish_book(Entry& entry, schemas::Timestamp time, std::uint64_t number = 0) {
    const OrderBook& book = entry.state.book();
    if (book.crossed() && refuse_crossed(entry)) [[unlikely]]
      return;
    mark_synced(entry);
    stamp(tick_, time);
    tick_.header.sequence = schemas::SequenceNumber(number);
    tick_.integrity = facts_.integrity;
    book.write_top(tick_);
    if (!facts_.quotes_from_book) return publish(entry, tick_);
    schemas::Quote quote;
    stamp(quote, tick_.header.venue_time);
    book.write_best(quote);
    entry.for_each_instrument([&](const schemas::Instrument& instrument) {
      tick_.header.instrument = quote.header.instrument = instrument.id;
      events_.on_tick(tick_);
      events_.on_tick(quote);
    });
  }
  bool refuse_crossed(Entry& entry) {
    const auto bid = entry.state.book().level(BookSide::kBid, 0).price;
    if (settings_.gaps != GapPolicy::kWarn) {
      quarantine_price(entry, schemas::Channel::kBook, Implausible::kCrossedBook, bid);
    }
    return invalidate_book(entry, Anomaly::kCrossedBook, entry.instrument().symbol, "crossed book");
  }
  void tell_book(Entry& entry) override { publish_book(entry, schemas::kNoTime); }
  void mark_synced(Entry& entry) {
    if (std::exchange(entry.state.synced, true)) return;
    entry.for_each_instrument([&](const auto& instrument) { events_.on_synced(instrument.id); });
  }
  // Whether the book must be made anew; with GapPolicy::kWarn it never must.
  bool invalidate_book(Entry& entry, Anomaly anomaly, std::string_view detail,
                       std::string_view reason) {
    events_.on_anomaly(anomaly, detail);
    if (settings_.gaps == GapPolicy::kWarn) return false;
    forget_book(entry, reason);
    request_resync(entry);
    return true;
  }
  void forget_book(Entry& entry, std::string_view reason) {
    entry.state.clear_book();
    if (!std::exchange(entry.state.synced, false)) return;
    entry.for_each_instrument(
        [&](const auto& instrument) { events_.on_recovering(instrument.id, reason); });
  }
  void request_resync(const Entry& entry) {
    if (entry.state.fetching) return;  // the answer will tell
    entry.for_each_instrument(
        [&](const auto& instrument) { events_.request_resync(instrument.id); });
  }
  void set_trading(Entry& entry, Trading now, std::string_view reason) {
    if (now == std::exchange(entry.state.trading, now)) return;
    entry.for_each_instrument([&](const schemas::Instrument& instrument) {
      if (now == Trading::kOn) events_.on_trading(instrument.id);
      if (now == Trading::kHalted) events_.on_halted(instrument.id, reason);
      if (now == Trading::kClosed) events_.on_closed(instrument.id, reason);
    });
  }

  const VenueFacts& facts_;
  CandleQuestions candles_;
  log::Limiter refusals_;  // for what the venue says no to

 private:
  template <typename Parse>
  schemas::Timestamp read_time(std::string_view token, Parse&& parse) {
    const auto text = unquoted(token);
    if (text.empty()) return schemas::kNoTime;
    const std::optional<schemas::Timestamp> time = parse(text);
    if (!time) events_.on_anomaly(Anomaly::kBadTime, text.substr(0, 100));
    return time.value_or(schemas::kNoTime);
  }
  // What cannot be the time of anything that is told today is no time: venues fill in the year 1 or
  // 1970 where they know none, and a date far ahead is a mistake.
  schemas::Timestamp plausible(schemas::Timestamp time) {
    if (is_plausible(time, received_)) [[likely]]
      return time;
    if (!is_placeholder(time)) {
      events_.on_anomaly(Anomaly::kBadTime, fmt::format("{} us", time.value()));
    }
    return schemas::kNoTime;
  }

  schemas::Book tick_;  // reused: too large to clear each time
};

}  // namespace tickgate::feeds
