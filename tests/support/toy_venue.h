// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "feeds/feed/feed.h"

namespace tickgate::feeds {

inline constexpr VenueFacts kToyFacts{
    .name = "toy", .quotes_from_book = true, .make_before_break = false};

// A made-up venue whose frames are words, for tests of the feed that drives its adapter. It has
// what real ones have: acknowledgements, snapshots, a sequence per book, trade ids.
//
// It is asked "sub I" for a book, "resub I" for it again, "ask I CHANNEL" for another channel, and
// "unsub I" for nothing any more. Whoever comes while it is open is the next I.
//
//   full I J.. (beyond what one connection may carry) | hb | ack I CHANNEL
//   ref I CHANNEL TEXT | snap I SEQ PRICE | upd I SEQ PRICE
//   trd I ID PRICE | tic I N PRICE | move (to another connection) | halt I | open I | gone I | bye
//   ping WORD (wants "pong WORD")
//   quo I N PRICE | bad I REASON (a quote of its own, where facts have it, or one that is none)
//
// snap, upd, trd and quo may end in " @TIME", the venue's. Binary frames hold the same behind a
// "#". With credentials it logs in first. Asked by "probe I SEQ" over HTTP it answers with its
// sequence.
class ToyAdapter final : public VenueAdapter {
 public:
  ToyAdapter(std::vector<std::string> pairs, schemas::InstrumentRegistry& registry,
             AdapterEvents& events, VenueFacts facts = kToyFacts, Credentials credentials = {})
      : registry_(registry), events_(events), facts_(facts), credentials_(std::move(credentials)) {
    for (const auto& pair : pairs) {
      books_.push_back({&registry.add("toy", pair), {}, 0, 0, false});
    }
  }
  void carry(std::span<const std::string> pairs, schemas::Timestamp) override {
    for (const auto& pair : pairs) {
      books_.push_back({&registry_.add("toy", pair), {}, 0, 0, false});
      begin(books_.size() - 1);
    }
  }
  void release(std::span<const schemas::InstrumentId> instruments, schemas::Timestamp) override {
    for (std::size_t i = 0; i < books_.size(); ++i) {
      if (books_[i].left || std::ranges::count(instruments, books_[i].id()) == 0) continue;
      books_[i].left = true;
      events_.send(fmt::format("unsub {}", i), {});
    }
  }

  std::string url() const override {
    return facts_.websocket_url.empty() ? "wss://toy.example/ws"
                                        : std::string(facts_.websocket_url);
  }
  std::string clock_url() const override {
    return facts_.clock.path.empty() ? "" : fmt::format("https://toy.example{}", facts_.clock.path);
  }
  const VenueFacts& facts() const override { return facts_; }

  void on_open(schemas::Timestamp) override {
    if (!credentials_.empty()) {
      events_.send_secret(
          fmt::format("login {} {}", credentials_.key.reveal(), credentials_.secret.reveal()));
    }
    for (std::size_t i = 0; i < books_.size(); ++i) begin(i);
    if (period.count() > 0) {
      events_.fetch_as({.url = "https://toy.example/all", .period = period});
    }
  }

  void on_text(std::string_view frame, schemas::Timestamp received) override {
    std::vector<std::string> words = absl::StrSplit(schemas::to_absl(frame), ' ');
    if (words[0] == "hb" && words.size() == 1) return;
    if (words[0] == "move") return events_.request_replacement("the venue moves us");
    if (words[0] == "full") return on_full(words);
    if (words[0] == "bye") return events_.request_reconnect("the venue says goodbye");
    if (words[0] == "ping" && words.size() == 2) return events_.send_urgent("pong " + words[1]);
    std::uint32_t index = 0;
    if (words.size() < 2 || !absl::SimpleAtoi(words[1], &index)) return garbage(frame);
    if (index >= books_.size()) return events_.on_anomaly(Anomaly::kUnknownInstrument, frame);
    if (books_[index].left) return;
    received_ = received;
    on_words(words, index, frame);
  }

  bool on_binary(std::string_view frame, schemas::Timestamp received) override {
    if (!frame.starts_with('#')) return false;
    on_text(frame.substr(1), received);
    return true;
  }
  void on_answer(const FetchAnswer& answer, schemas::Timestamp received) override {
    tags.push_back(answer.tag);
    VenueAdapter::on_answer(answer, received);
  }
  void on_http(std::string_view target, int status, std::string_view body,
               schemas::Timestamp) override {
    answers.emplace_back(target, status);
    const std::vector<std::string> words = absl::StrSplit(schemas::to_absl(target), ' ');
    std::uint32_t index = 0;
    std::uint64_t then = 0, theirs = 0;
    if (words[0] != "probe" || status != 200 || !absl::SimpleAtoi(words[1], &index) ||
        !absl::SimpleAtoi(words[2], &then) || !absl::SimpleAtoi(schemas::to_absl(body), &theirs)) {
      return;
    }
    const Entry& entry = books_.at(index);
    if (entry.sequence == then) events_.on_probed(entry.instrument->id, theirs == then);
  }
  void on_close() override {
    std::erase_if(books_, [](const Entry& entry) { return entry.left; });
    for (Entry& entry : books_) entry.synced = false;
  }
  void resync(schemas::InstrumentId instrument) override { ask("resub", index_of(instrument)); }
  bool ask_candles(const CandleRequest& request) override {
    if (has_candles) asked_candles.push_back(request);
    return has_candles;
  }
  bool probe(schemas::InstrumentId instrument) override {
    if (!can_probe) return false;
    const auto index = index_of(instrument);
    events_.fetch(fmt::format("probe {} {}", index, books_[index].sequence));
    return true;
  }
  void ask_again(VenueSubscription subscription) override {
    if (subscription.channel == schemas::Channel::kBook) return resync(subscription.instrument);
    ask_for(subscription.channel, index_of(subscription.instrument));
  }
  bool continue_from(const VenueAdapter& predecessor) override {
    if (!continues) return false;
    const auto& other = dynamic_cast<const ToyAdapter&>(predecessor);
    for (Entry& entry : books_) {
      for (const Entry& theirs : other.books_) {
        if (theirs.instrument == entry.instrument)
          entry.trade = std::max(entry.trade, theirs.trade);
      }
    }
    return true;
  }
  const OrderBook* book(schemas::InstrumentId) const override { return nullptr; }

  std::vector<std::pair<std::string, int>> answers;
  std::vector<FetchTag> tags;              // of the answers
  bool continues = true;                   // it goes on from another's last trade
  std::vector<schemas::Channel> channels;  // subscribed to beside books
  std::chrono::seconds period{0};          // of a question beside the stream; 0: none
  bool can_probe = false;
  bool has_candles = true;
  std::vector<CandleRequest> asked_candles;
  AdapterEvents& events() { return events_; }
  // How many it counts, those that left too; and the number in the pair of one, "P3-USD".
  std::size_t size() const { return books_.size(); }
  std::size_t number(std::size_t index) const {
    return static_cast<std::size_t>(books_.at(index).instrument->base.at(1) - '0');
  }

 private:
  struct Entry {
    const schemas::Instrument* instrument;
    OrderBook book;
    std::uint64_t sequence, trade;
    bool synced;
    bool left = false;

    schemas::InstrumentId id() const { return instrument->id; }
  };

  std::size_t index_of(schemas::InstrumentId id) const {
    std::size_t i = 0;
    while (books_.at(i).left || books_[i].id() != id) ++i;
    return i;
  }
  void begin(std::size_t index) {
    events_.on_instrument(*books_[index].instrument);
    ask("sub", index);
    for (const auto channel : channels) ask_for(channel, index);
  }

  void ask(std::string_view verb, std::size_t index) {
    const VenueSubscription awaited[] = {{books_[index].instrument->id, schemas::Channel::kBook}};
    events_.send(fmt::format("{} {}", verb, index), awaited);
  }

  void ask_for(schemas::Channel channel, std::size_t index) {
    const VenueSubscription awaited[] = {{books_[index].instrument->id, channel}};
    events_.send(fmt::format("ask {} {}", index, name(channel)), awaited);
  }

  void on_full(const std::vector<std::string>& words) {
    std::vector<schemas::InstrumentId> refused;
    for (std::size_t i = 1; i < words.size(); ++i) {
      std::size_t index = 0;
      if (absl::SimpleAtoi(words[i], &index) && index < books_.size()) {
        refused.push_back(books_[index].instrument->id);
      }
    }
    events_.on_limit_reached(refused, "too many books");
  }

  void garbage(std::string_view frame) { events_.on_anomaly(Anomaly::kParseError, frame); }

  void on_words(std::vector<std::string>& words, std::uint32_t index, std::string_view frame) {
    venue_time_ = schemas::Timestamp{schemas::kNoTime};
    std::int64_t time = 0;
    if (words.back().starts_with('@')) {
      if (!absl::SimpleAtoi(words.back().substr(1), &time)) return garbage(frame);
      venue_time_ = schemas::Timestamp(time);
      words.pop_back();
    }
    Entry& entry = books_[index];
    const auto id = entry.instrument->id;
    const std::string& verb = words[0];
    if (verb == "halt") return events_.on_halted(id, "halted by the venue");
    if (verb == "open") return events_.on_trading(id);
    if (verb == "bad") return events_.on_quote_invalid(id, words.size() > 2 ? words[2] : "none");
    if (verb == "gone") return events_.on_closed(id, "not listed");
    if ((verb == "ack" || verb == "ref") && words.size() >= 3) {
      const auto channel = schemas::channel_from_name(words[2]);
      if (!channel) return garbage(frame);
      if (verb == "ack") return events_.on_acknowledged({id, *channel});
      return events_.on_refused({id, *channel}, words.size() > 3 ? words[3] : "no");
    }
    std::uint64_t number = 0;
    if (words.size() != 4 || !absl::SimpleAtoi(words[2], &number)) return garbage(frame);
    const auto price = schemas::parse_decimal(words[3]);
    if (!price) return garbage(frame);
    if (verb == "snap") return on_book(entry, number, *price, true);
    if (verb == "upd") return on_book(entry, number, *price, false);
    if (verb == "trd") return on_trade(entry, number, *price);
    if (verb == "quo" && !facts_.quotes_from_book) return on_quote(entry, number, *price);
    if (verb == "tic") return on_ticker(entry, *price);
    garbage(frame);
  }

  void on_book(Entry& entry, std::uint64_t sequence, schemas::Decimal price, bool snapshot) {
    const auto id = entry.instrument->id;
    if (!snapshot) {
      if (!entry.synced) return;
      if (sequence <= entry.sequence) return events_.on_anomaly(Anomaly::kDuplicate, "seen");
      if (sequence != entry.sequence + 1) {
        entry.synced = false;
        events_.on_anomaly(Anomaly::kGap, "skipped");
        events_.on_recovering(id, "gap");
        return events_.request_resync(id);
      }
    }
    entry.sequence = sequence;
    if (snapshot) {
      entry.synced = true;
      events_.on_synced(id);
    }
    schemas::Book book;
    book.header = header(entry);
    if (facts_.numbered.books != Numbering::kNone) {
      book.header.sequence = schemas::SequenceNumber(sequence);
    }
    book.bid_count = 1;
    book.bids[0] = {schemas::Price(price), schemas::Quantity({1, 0})};
    events_.on_tick(book);
    if (facts_.quotes_from_book) on_quote(entry, sequence, price);
  }

  void on_quote(const Entry& entry, std::uint64_t number, schemas::Decimal price) {
    schemas::Quote quote;
    quote.header = header(entry);
    if (facts_.numbered.quotes != Numbering::kNone) {
      quote.header.sequence = schemas::SequenceNumber(number);
    }
    quote.bid = schemas::Price(price);
    events_.on_tick(quote);
  }

  void on_ticker(const Entry& entry, schemas::Decimal price) {
    schemas::Ticker ticker;
    ticker.header = header(entry);
    ticker.last = schemas::Price(price);
    events_.on_tick(ticker);
  }

  void on_trade(Entry& entry, std::uint64_t trade_id, schemas::Decimal price) {
    if (trade_id <= entry.trade) return events_.on_anomaly(Anomaly::kDuplicate, "trade");
    if (entry.trade != 0 && trade_id > entry.trade + 1) {
      events_.on_trades_lost(entry.instrument->id, trade_id - entry.trade - 1);
    }
    entry.trade = trade_id;
    schemas::Trade trade;
    trade.header = header(entry);
    if (facts_.numbered.trades != Numbering::kNone) {
      trade.header.sequence = schemas::SequenceNumber(trade_id);
    }
    trade.price = schemas::Price(price);
    trade.id = std::string_view(fmt::format("{}", trade_id));
    events_.on_tick(trade);
  }

  schemas::TickHeader header(const Entry& entry) const {
    schemas::TickHeader header;
    header.instrument = entry.instrument->id;
    header.receive_time = received_;
    header.venue_time = venue_time_;
    return header;
  }

  schemas::InstrumentRegistry& registry_;
  AdapterEvents& events_;
  VenueFacts facts_;
  Credentials credentials_;
  std::vector<Entry> books_;
  schemas::Timestamp received_, venue_time_{schemas::kNoTime};
};

// Keeps all that came out of a feed, one line each: "status 0 live", "quote 0 1 100.5".
class LineSink final : public TickSink {
 public:
  void on_instrument(const schemas::Instrument& instrument) override {
    lines.push_back(fmt::format("instrument {}", instrument.id.value()));
  }
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp) override {
    lines.push_back(fmt::format("removed {}", instrument.id.value()));
  }
  void on_epoch(const Epoch& epoch) override {
    lines.push_back(fmt::format("epoch {}", epoch.name.view()));
  }
  void on_forgotten(const Forgotten& forgotten) override {
    lines.push_back(
        fmt::format("forgotten {} {}", forgotten.instrument.value(), name(forgotten.channel)));
  }
  void on_tick(const schemas::Quote& quote) override { add("quote", quote, quote.bid.value()); }
  void on_tick(const schemas::Book& book) override {
    add("book", book, book.bids[0].price.value());
  }
  void on_tick(const schemas::Trade& trade) override { add("trade", trade, trade.price.value()); }
  void on_tick(const schemas::Ticker& ticker) override {
    add("ticker", ticker, ticker.last.value());
  }
  void on_tick(const schemas::Bar& bar) override {
    add(fmt::format("bar {}", name(bar.interval)), bar, bar.close.value());
  }
  void on_tick(const schemas::InstrumentStatus& status) override {
    const auto id = status.header.instrument.value();
    states[id] = status.state;
    quote_states[id] = status.quote_state;
    reasons[id] = std::string(status.reason.view());
    notes[id] = std::string(status.note.view());
    lines.push_back(fmt::format("status {} {}", id, name(status.state)));
  }
  void on_trade_gap(const schemas::TradeGap& gap) override {
    lines.push_back(
        fmt::format("gap {} {}-{}", gap.instrument.value(), gap.from.value(), gap.to.value()));
  }

  // The lines since the last call.
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  std::vector<std::string> lines;
  std::map<std::uint32_t, schemas::State> states, quote_states;
  std::map<std::uint32_t, std::string> reasons, notes;

 private:
  template <typename Tick>
  void add(std::string_view kind, const Tick& tick, schemas::Decimal value) {
    char text[schemas::Decimal::kMaxText];
    const auto end = schemas::write_decimal(text, value);
    lines.push_back(fmt::format("{} {} {} {}", kind, tick.header.instrument.value(),
                                tick.header.sequence.value(),
                                std::string_view(text, static_cast<std::size_t>(end - text))));
  }
};

}  // namespace tickgate::feeds
