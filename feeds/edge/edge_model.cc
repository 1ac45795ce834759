// SPDX-License-Identifier: Apache-2.0
// What depends on time and connection: when last values are read again, what is shown meanwhile,
// and what is subscribed to. Messages: edge_messages.cc.
#include <fmt/format.h>

#include <algorithm>

#include "feeds/edge/edge_model.h"

namespace tickgate::feeds {

using schemas::State;
using schemas::Timestamp;

namespace {

// How long last values that may not be the newest are shown as live while they are read again,
// where nothing else speaks against them.
constexpr EdgeModel::Moment kGrace = std::chrono::seconds{1};
// Beyond what is known to be missed of trades: the server's clock is another one.
constexpr EdgeModel::Moment kTradesMargin = std::chrono::seconds{30};
// So long live trades wait for instruments to be read.
constexpr EdgeModel::Moment kFillingLimit = std::chrono::seconds{10};
constexpr EdgeModel::Moment kWantBarsEach = std::chrono::seconds{5};
constexpr std::size_t kMostSeries = 2'000;  // of one message
// Where the streams cannot be read, the epoch is told all the same.
constexpr EdgeModel::Moment kEpochWaits = std::chrono::seconds{15};

}  // namespace

EdgeModel::EdgeModel(Parts parts)
    : parts_(std::move(parts)),
      subjects_(parts_.subject_prefix),
      cover_(parts_.linger),
      trades_({[this](const schemas::Trade& trade) { parts_.out->on_tick(trade); },
               [this](const schemas::TradeGap& gap) {
                 parts_.counters->trades_lost.add(gap.to.value() - gap.from.value() + 1);
                 parts_.out->on_trade_gap(gap);
               }}),
      readings_(*parts_.orders) {}

void EdgeModel::on_connected(Moment now, Timestamp wall) {
  freshness_.on_connected(now);
  connected_ = true;
  if (!std::exchange(subscribed_always_, true)) {
    parts_.orders->subscribe(subjects_.heartbeat());
    parts_.orders->subscribe(subjects_.venues());
    for (const auto& pattern : parts_.symbols) {
      for (const auto topic : {Topic::kInstrument, Topic::kStatus, Topic::kTrade}) {
        parts_.orders->subscribe(subjects_.of(topic, pattern));
        ++subscribed_;
      }
    }
    subscribed_ += 2;
  }
  read_again(freshness_.state() != State::kLive, now, wall);
  fill_trades(now);
}

// The round begins with what is missed from now on.
void EdgeModel::on_disconnected(Moment now, Timestamp wall) {
  freshness_.on_disconnected(now);
  connected_ = false;
  readings_.clear(ReadOrder::What::kInstruments);
  readings_.clear(ReadOrder::What::kValues);
  readings_.clear(ReadOrder::What::kTrades);
  readings_.clear_gets();
  parts_.orders->drop_last();
  begin_round(freshness_.state() != State::kLive, now, wall);
}

void EdgeModel::on_lost(Moment now, Timestamp wall) {
  if (!connected_) return;
  read_again(false, now, wall);
  fill_trades(now);
}

void EdgeModel::on_get_failed(const std::string& subject, Moment now) {
  if (connected_) readings_.on_get_failed(subject, now);
}

// What was missing already is missing since then.
void EdgeModel::begin_round(bool shown, Moment now, Timestamp wall) {
  const bool pending = std::ranges::any_of(known_, [this](const Known& known) {
    return known.served && merge_.awaits(known.instrument->id);
  });
  merge_.begin_round();
  round_shown_ = shown || (pending && round_shown_);
  if (pending) return;
  round_since_ = now;
  round_wall_ = wall;
}

void EdgeModel::read_again(bool shown, Moment now, Timestamp wall) {
  begin_round(shown, now, wall);
  tainted_ = false;
  parts_.counters->resyncs.add();
  parts_.orders->drop_last();
  readings_.clear(ReadOrder::What::kInstruments);
  readings_.clear(ReadOrder::What::kValues);
  readings_.clear_gets();
  readings_.get(subjects_.heartbeat(), now);  // first: who leads
  readings_.get(subjects_.venues(), now);
  for (const auto& pattern : parts_.symbols) {
    readings_.read(ReadOrder::What::kInstruments, subjects_.of(Topic::kInstrument, pattern), now);
  }
  for (const auto& pattern : parts_.symbols) {
    readings_.read(ReadOrder::What::kValues, subjects_.of(Topic::kStatus, pattern), now);
  }
  cover_.for_each_subject([&](std::size_t lane, const std::string& symbol, bool pattern) {
    const auto subject = subject_of(lane, symbol);
    if (pattern) {
      readings_.read(ReadOrder::What::kValues, subject, now);
    } else {
      readings_.get(subject, now);
    }
  });
}

// Behind the instruments: a trade of one that is not known yet would be dropped.
void EdgeModel::fill_trades(Moment now) {
  trades_.begin_filling();
  filling_since_ = now;
  readings_.clear(ReadOrder::What::kTrades);
  if (!readings_.reads(ReadOrder::What::kInstruments)) read_trades(now);
}

void EdgeModel::read_trades(Moment now) {
  std::optional<Moment> back;
  if (trades_until_.has_value()) back = now - *trades_until_ + kTradesMargin;
  for (const auto& pattern : parts_.symbols) {
    readings_.read(ReadOrder::What::kTrades, subjects_.of(Topic::kTrade, pattern), now, back);
  }
}

void EdgeModel::end_filling(Moment now) {
  filling_since_.reset();
  trades_.end_filling();
  trades_until_ = now;
}

void EdgeModel::on_read(std::uint64_t ticket, bool good, Moment now, Timestamp wall) {
  const auto order = readings_.on_read(ticket, good, now);
  if (!order.has_value() || readings_.reads(order->what)) return;
  if (order->what == ReadOrder::What::kTrades) end_filling(now);
  if (order->what == ReadOrder::What::kInstruments) {
    instruments_read_ = true;
    remove_unconfirmed(wall);
    if (filling_since_.has_value()) read_trades(now);
  }
  tell_first_epoch(now);
}

bool EdgeModel::judge(Moment now, Timestamp wall) {
  if (word_since_.value() == 0) word_since_ = wall;  // from the start on
  if (!freshness_.look(now)) return false;
  word_since_ = wall;
  round_shown_ = true;
  if (freshness_.state() == State::kLive && tainted_) {
    read_again(true, now, wall);
    fill_trades(now);
  }
  show_all();
  return true;
}

void EdgeModel::look(Moment now, Timestamp wall) {
  tainted_ = tainted_ || freshness_.is_doubtful(now);
  judge(now, wall);
  if (!round_shown_ && now - round_since_ > kGrace) {
    round_shown_ = true;
    show_all();
  }
  if (connected_) readings_.look(now);
  if (connected_ && filling_since_.has_value() && now - *filling_since_ > kFillingLimit &&
      !readings_.reads(ReadOrder::What::kTrades)) {
    end_filling(now);
  }
  tell_first_epoch(now);
}

// Once all is in the rings that was stored: with it clients are let in, and whoever resumes trades
// is judged by those that are held.
void EdgeModel::tell_first_epoch(Moment now) {
  if (!epoch_since_.has_value()) return;
  const bool all_read = instruments_read_ && !readings_.reads(ReadOrder::What::kValues) &&
                        !filling_since_.has_value();
  if (!all_read && now - *epoch_since_ < kEpochWaits) return;
  epoch_since_.reset();
  tell_epoch();
}

EdgeWord EdgeModel::word_of(schemas::InstrumentId instrument) const {
  if (freshness_.state() != State::kLive) {
    return {freshness_.state(), freshness_.reason(), word_since_};
  }
  if (round_shown_ && merge_.awaits(instrument)) {
    return {State::kStale, "its last values are being read again", round_wall_};
  }
  return {};
}

void EdgeModel::show(const schemas::InstrumentStatus& status) {
  cache_.apply(status);
  parts_.out->on_tick(status);
}

void EdgeModel::show_word(schemas::InstrumentId instrument) {
  if (const auto status = shown_.say(instrument, word_of(instrument))) show(*status);
}

void EdgeModel::show_all() {
  for (const Known& known : known_) {
    if (known.served) show_word(known.instrument->id);
  }
}

void EdgeModel::look_at_demand(Moment now) {
  DemandCover::Changes changes;
  const auto wanted = [this](schemas::InstrumentId id) {
    DemandCover::Lanes lanes = 0;
    for (std::size_t lane = 0; parts_.demand != nullptr && lane < kLaneChannels.size(); ++lane) {
      if (parts_.demand->of(id, kLaneChannels[lane]) > 0) {
        lanes |= static_cast<DemandCover::Lanes>(1U << lane);
      }
    }
    if (parts_.bar_demand == nullptr || !parts_.bar_demand->any(id)) return lanes;
    for (auto lane = kLaneChannels.size(); lane < kLanes; ++lane) {
      if (parts_.bar_demand->any(id, interval_of_lane(lane))) {
        lanes |= static_cast<DemandCover::Lanes>(1U << lane);
      }
    }
    return lanes;
  };
  cover_.look(now, wanted, changes);
  apply(changes, now);
  if (connected_ && (!want_bars_at_.has_value() || now - *want_bars_at_ >= kWantBarsEach)) {
    want_bars_at_ = now;
    want_bars();
  }
}

// A pattern's last values are read by one consumer, those of single subjects by a get each.
void EdgeModel::apply(const DemandCover::Changes& changes, Moment now) {
  for (const auto& change : changes.subjects) {
    const auto subject = subject_of(change.lane, change.symbol);
    if (!change.subscribe) {
      parts_.orders->unsubscribe(subject);
      --subscribed_;
      continue;
    }
    parts_.orders->subscribe(subject);
    ++subscribed_;
    const bool bars = channel_of_lane(change.lane) == schemas::Channel::kBar;
    if (bars) want_bars_at_.reset();
    // Whoever holds a series has asked for it; without a connection all is read when it comes.
    if (bars || !connected_) continue;
    if (change.symbol.ends_with('*')) {
      readings_.read(ReadOrder::What::kValues, subject, now);
    } else {
      readings_.get(subject, now);
    }
  }
  for (const auto& [instrument, lane] : changes.forgotten) {
    const auto channel = channel_of_lane(lane);
    const bool bars = channel == schemas::Channel::kBar;
    merge_.forget(instrument, bars ? slot_of(interval_of_lane(lane)) : slot_of(channel));
    if (bars) continue;  // shards have let go of the series themselves
    cache_.forget(instrument, channel);
    parts_.out->on_forgotten({instrument, channel});
    if (shown_.knows(instrument)) show_word(instrument);
  }
}

std::string EdgeModel::subject_of(std::size_t lane, std::string_view symbol) const {
  const auto channel = channel_of_lane(lane);
  if (channel == schemas::Channel::kBar) return subjects_.bars(symbol, interval_of_lane(lane));
  return subjects_.of(topic_of(channel), symbol);
}

// Symbols and a name of ours need no escapes.
void EdgeModel::want_bars() {
  std::string series;
  std::size_t count = 0;
  const auto send = [&] {
    if (count == 0) return;
    parts_.orders->publish(subjects_.want_bars(),
                           fmt::format(R"({{"edge":"{}","series":[{}]}})", parts_.name, series));
    series.clear();
    count = 0;
  };
  cover_.for_each_series([&](const schemas::Instrument& instrument, schemas::Interval interval) {
    if (count++ > 0) series += ',';
    series += fmt::format(R"(["{}","{}"])", instrument.symbol, name(interval));
    if (count == kMostSeries) send();
  });
  send();
}

EdgeStatus EdgeModel::status(Moment now) const {
  EdgeStatus status;
  status.state = freshness_.state();
  status.reason = freshness_.reason();
  status.since = word_since_;
  if (!epoch_since_.has_value()) status.epoch = epoch_;
  status.fence = fence_;
  status.ingest = ingest_;
  status.heartbeat_age = freshness_.heartbeat_age(now);
  status.delay = freshness_.delay();
  status.subscriptions = subscribed_;
  status.instruments = served_;
  return status;
}

}  // namespace tickgate::feeds
