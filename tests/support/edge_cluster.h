// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/edge/edge_model.h"
#include "schemas/json.h"
#include "tests/support/edge_shards.h"
#include "tests/support/test_ticks.h"

// A cluster of ingests with its NATS, as an edge's model sees it, in time that is given.
namespace tickgate::testing {

class EdgeCluster final : public feeds::EdgeOrders {
 public:
  using Moment = feeds::EdgeModel::Moment;
  using From = feeds::EdgeModel::From;

  explicit EdgeCluster(std::vector<std::string> symbols = {"*"}) {
    feeds::EdgeModel::Parts parts;
    parts.symbols = std::move(symbols);
    parts.linger = std::chrono::seconds{30};
    parts.subject_prefix = "tickgate.v1";
    parts.name = "e1";
    parts.registry = &registry;
    parts.out = &shards;
    parts.orders = this;
    parts.counters = &counters;
    parts.demand = &demand;
    parts.bar_demand = &bar_demand;
    parts.on_epoch = [this](const std::string& epoch_of) { epochs.push_back(epoch_of); };
    model = std::make_unique<feeds::EdgeModel>(std::move(parts));
  }

  // What an edge wants done; what waits is done in advance().
  void subscribe(const std::string& subject) override {
    twice = !subscribed.insert(subject).second || twice;
  }
  void unsubscribe(const std::string& subject) override { subscribed.erase(subject); }
  void get(const std::string& subject) override { gets.push_back(subject); }
  void read(const feeds::ReadOrder& order) override { reads.push_back(order); }
  void drop_last() override {
    gets.clear();
    std::erase_if(reads,
                  [](const auto& order) { return order.what != feeds::ReadOrder::What::kTrades; });
  }
  void publish(const std::string& subject, std::string payload) override {
    published[subject] = std::move(payload);
  }

  void connect() {
    connected = true;
    model->on_connected(now, wall());
  }
  void disconnect() {
    connected = false;
    gets.clear();
    reads.clear();
    model->on_disconnected(now, wall());
  }
  // In steps: heartbeats, what was to be read, what the edge does by itself.
  void advance(Moment duration) {
    for (const auto until = now + duration; now < until;) {
      now += step;
      if (beats && now >= beat_at) {
        beat_at = now + std::chrono::milliseconds{250};
        beat();
      }
      answer();
      model->look_at_demand(now);
      model->look(now, wall());
    }
  }
  void advance_ms(int ms) { advance(std::chrono::milliseconds{ms}); }

  void beat() {
    const auto sent = now - late + std::chrono::hours{3};
    say(subjects.heartbeat(),
        fmt::format(R"({{"type":"heartbeat","time":{},"steady":{},"ingest":"{}"}})", wall().value(),
                    sent.count(), ingest));
  }
  const schemas::Instrument& list(std::string_view pair, bool removed = false) {
    const auto& one = registry.add("kraken", pair);
    say(subjects.instrument(one.symbol),
        fmt::format(R"({{"type":"instrument","symbol":"{}","venue":"kraken","base":"{}",)"
                    R"("quote":"{}","sources":[],"removed":{},"time":{}}})",
                    one.symbol, one.base, one.quote, removed, wall().value()));
    return one;
  }
  void say(const schemas::InstrumentStatus& status) { say_tick(status, feeds::Topic::kStatus); }
  void say(const schemas::Quote& tick) { say_tick(tick, feeds::Topic::kQuote); }
  void say(const schemas::Book& tick) { say_tick(tick, feeds::Topic::kBook); }
  void say(const schemas::Ticker& tick) { say_tick(tick, feeds::Topic::kTicker); }
  void say(const schemas::Trade& trade) {
    const auto text = stamped(text_of(trade));
    if (stores) trades.push_back(text);
    deliver(subjects.trade(symbol_of(trade.header.instrument)), text);
  }
  // Stored where it is a last value, and delivered to whom is subscribed.
  void say(const std::string& subject, std::string object) {
    const auto text = stamped(std::move(object));
    if (stores) last[subject] = text;
    deliver(subject, text);
  }
  std::string stamped(std::string object) const {
    object.pop_back();
    return object + fmt::format(R"(,"epoch":"{}","fence":{}}})", epoch, fence);
  }
  void give(From from, std::string text) {
    const auto length = text.size();
    text.append(feeds::ObjectReader::kPadding, '\0');
    model->on_message(from, {text.data(), length}, now, wall());
  }
  // All last values again, as a leader says them with its own fence.
  void say_all_again() {
    for (auto& [subject, text] : last) {
      text = stamped(text.substr(0, text.rfind(",\"epoch\"")) + "}");
      deliver(subject, text);
    }
  }
  void want(const schemas::Instrument& one, schemas::Channel channel) {
    demand.raise(one.id, channel);
  }
  void leave(const schemas::Instrument& one, schemas::Channel channel) {
    demand.lower(one.id, channel);
  }
  schemas::State state(const schemas::Instrument& one) const {
    return shards.states.at(one.id.value()).state;
  }
  std::string reason(const schemas::Instrument& one) const {
    return std::string(shards.states.at(one.id.value()).reason.view());
  }
  schemas::Timestamp wall() const {
    return schemas::Timestamp{1'700'000'000'000'000 + (now + wall_step).count()};
  }
  static bool matches(std::string_view pattern, std::string_view subject) {
    while (!pattern.empty() && !subject.empty()) {
      const auto a = pattern.substr(0, pattern.find('.'));
      const auto b = subject.substr(0, subject.find('.'));
      if (a != "*" && a != b) return false;
      pattern.remove_prefix(std::min(pattern.size(), a.size() + 1));
      subject.remove_prefix(std::min(subject.size(), b.size() + 1));
    }
    return pattern.empty() && subject.empty();
  }

  Moment now = std::chrono::hours{1};
  Moment step = std::chrono::milliseconds{10};
  Moment beat_at{}, late{}, wall_step{};
  bool beats = true;     // the leader sends heartbeats
  bool stores = true;    // the streams take in
  bool answers = true;   // and answer
  bool delivers = true;  // what is said live arrives
  bool connected = false, twice = false;
  std::string epoch = "E1", ingest = "a";
  std::uint64_t fence = 5;
  schemas::InstrumentRegistry registry;
  feeds::Subjects subjects{"tickgate.v1"};
  feeds::Demand demand;
  feeds::BarDemand bar_demand;
  feeds::EdgeCounters counters;
  EdgeShards shards;
  std::map<std::string, std::string> last, published;
  std::vector<std::string> trades, gets, epochs;
  std::vector<feeds::ReadOrder> reads;
  std::set<std::string> subscribed;
  std::unique_ptr<feeds::EdgeModel> model;

 private:
  std::string symbol_of(schemas::InstrumentId id) const { return registry.at(id).symbol; }
  template <typename Tick>
  std::string text_of(const Tick& tick) const {
    std::string text;
    append_json(text, tick, symbol_of(tick.header.instrument));
    return text;
  }
  template <typename Tick>
  void say_tick(const Tick& tick, feeds::Topic topic) {
    say(subjects.of(topic, symbol_of(tick.header.instrument)), text_of(tick));
  }
  void deliver(const std::string& subject, const std::string& text) {
    if (!connected || !delivers) return;
    for (const auto& pattern : subscribed) {
      if (matches(pattern, subject)) return give(From::kLive, text);
    }
  }
  void answer() {
    if (!connected) return;
    for (const auto& subject : std::exchange(gets, {})) {
      const auto found = last.find(subject);
      if (!answers) {
        model->on_get_failed(subject, now);
      } else if (found != last.end()) {
        give(From::kStored, found->second);
      }
    }
    for (const auto& order : std::exchange(reads, {})) {
      if (answers) read_now(order);
      model->on_read(order.ticket, answers, now, wall());
    }
  }
  void read_now(const feeds::ReadOrder& order) {
    if (order.what == feeds::ReadOrder::What::kTrades) {
      for (const auto& text : trades) give(From::kHistory, text);
      return;
    }
    for (const auto& [subject, text] : std::map(last)) {
      if (matches(order.subject, subject)) give(From::kStored, text);
    }
  }
};

}  // namespace tickgate::testing
