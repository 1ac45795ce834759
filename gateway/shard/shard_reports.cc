// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/asio/post.hpp>
#include <new>
#include <utility>

#include "gateway/shard/shard.h"

// What operators ask of a shard.
namespace tickgate::gateway {
namespace {

// Of clients, in one piece; others have their turn behind it.
constexpr std::size_t kSurveyPiece = 256;

void count_followers(const Lane& lane, schemas::InstrumentId instrument,
                     std::vector<FollowerCount>& counts) {
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    const auto channel = static_cast<schemas::Channel>(i);
    for (const auto& group : lane.fan_out().subscriptions().of(instrument, channel)) {
      if (group->members.empty()) continue;
      auto& count = counts.emplace_back();
      count.channel = channel;
      if (channel == schemas::Channel::kBar) count.bar = static_cast<schemas::Interval>(group->bar);
      count.interval_ms = group->interval_ms;
      count.subscribers = group->members.size();
    }
  }
}

std::vector<ValueSeen> values_of(const feeds::LastValueCache& cache, schemas::InstrumentId id) {
  std::vector<ValueSeen> values;
  const auto add = [&](const auto* tick) {
    if (tick == nullptr) return;
    const auto& header = tick->header;
    values.push_back(
        {header.channel, header.sequence.value(), header.receive_time, header.venue_time});
  };
  add(cache.quote(id));
  add(cache.trade(id));
  add(cache.book(id));
  add(cache.ticker(id));
  return values;
}

}  // namespace

void Shard::report_instrument(std::string symbol, std::function<void(InstrumentReport)> done) {
  boost::asio::post(io_, [this, symbol = std::move(symbol), done = std::move(done)] {
    try {
      InstrumentReport report;
      const auto& fan_out = live().fan_out();
      const auto* const instrument = fan_out.instrument(symbol);
      if (instrument == nullptr) {
        for (const auto near : fan_out.near_symbols(symbol)) report.near.emplace_back(near);
        return done(std::move(report));
      }
      report.known = true;
      if (const auto* const status = fan_out.cache().status(instrument->id)) {
        report.status = *status;
      }
      report.stands_still = fan_out.stands_still(instrument->id);
      report.values = values_of(fan_out.cache(), instrument->id);
      for (const auto& lane : lanes_) count_followers(*lane, instrument->id, report.followers);
      done(std::move(report));
    } catch (const std::bad_alloc&) {
      client_counters_.out_of_memory.add();
    }
  });
}

struct Shard::RunningSurvey {
  ClientSurvey survey;
  std::function<void(ClientSurvey::Found)> done;
  std::size_t left;  // of connections_, those before it: backwards, as sweeps go
};

void Shard::survey_clients(std::size_t most, std::function<void(ClientSurvey::Found)> done) {
  auto running =
      std::make_shared<RunningSurvey>(RunningSurvey{ClientSurvey(most), std::move(done), SIZE_MAX});
  boost::asio::post(io_, [this, running = std::move(running)] { go_on(running); });
}

// A client that ends meanwhile leaves its place to the last, which may be looked at twice then: who
// merges what shards have found says each once.
void Shard::go_on(const std::shared_ptr<RunningSurvey>& running) {
  if (stopping_) return;
  try {
    const auto now = monotonic_now();
    const auto wall = wall_now();
    running->left = std::min(running->left, connections_.size());
    for (std::size_t cost = 0; cost < kSurveyPiece && running->left > 0;) {
      cost += running->survey.look(*connections_[--running->left], now, wall);
    }
    if (running->left == 0) return running->done(running->survey.take());
    boost::asio::post(io_, [this, running] { go_on(running); });
  } catch (const std::bad_alloc&) {
    client_counters_.out_of_memory.add();
  }
}

// By which one who comes is counted; null: there is no ledger.
std::unique_ptr<UsageCounts> Shard::usage_of(const Peer& peer) const {
  if (usage_ == nullptr) return nullptr;
  const auto& text = settings_.ledger_address;
  return usage_->welcome(text ? text(peer.address) : std::string());
}

// What was not noted for want of memory is missing in the ledger, and nowhere else.
void Shard::watch_usage(Monotonic now) {
  if (usage_ == nullptr) return;
  try {
    usage_->sweep(now, wall_now(), connections_.size(), [this](std::size_t nth) {
      auto& connection = *connections_[nth];
      usage_->look_at(connection, fan_out(connection.grant.get()));
      return connection.subscriptions();
    });
  } catch (const std::bad_alloc&) {
    client_counters_.out_of_memory.add();
  }
}

void Shard::on_regranting(Connection& connection, const Grant* next) {
  if (usage_ == nullptr) return;
  try {
    usage_->regrant(connection, fan_out(connection.grant.get()), next);
  } catch (const std::bad_alloc&) {
    client_counters_.out_of_memory.add();
  }
}

void Shard::on_leaving(Connection& connection) {
  if (usage_ == nullptr) return;
  try {
    usage_->leave(connection, fan_out(connection.grant.get()));
  } catch (const std::bad_alloc&) {
    client_counters_.out_of_memory.add();
  }
}

}  // namespace tickgate::gateway
