// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/replay_events.h"

namespace tickgate::gateway {
namespace {

constexpr std::string_view kFirstBook = "waiting for the first book";

}  // namespace

ReplayEvents::State& ReplayEvents::state_of(schemas::InstrumentId instrument) {
  const auto index = instrument.value();
  if (index >= states_.size()) states_.resize(index + std::size_t{1});
  return states_[index];
}

void ReplayEvents::publish_state(schemas::InstrumentId instrument) {
  const State& state = state_of(instrument);
  const auto set = [&](schemas::State now) {
    publisher_.set_state(instrument, now, state.reason, now_);
  };
  if (state.closed) return set(schemas::State::kClosed);
  if (!connected_) return set(schemas::State::kDown);
  if (!state.synced) return set(schemas::State::kRecovering);
  set(state.halted ? schemas::State::kHalted : schemas::State::kLive);
}

void ReplayEvents::connected() {
  connected_ = true;
  forget_books(kFirstBook);
}

void ReplayEvents::disconnected() {
  connected_ = false;
  forget_books("disconnected");
}

void ReplayEvents::forget_books(std::string_view reason) {
  for (std::uint32_t i = 0; i < states_.size(); ++i) {
    if (!states_[i].announced) continue;
    states_[i].synced = false;
    if (!states_[i].closed) states_[i].reason = reason;
    publish_state(schemas::InstrumentId{i});
  }
}

void ReplayEvents::on_instrument(const schemas::Instrument& instrument) {
  State& state = state_of(instrument.id);
  if (state.announced) return;
  state.announced = true;
  state.reason = kFirstBook;
  publisher_.announce(instrument);
  publish_state(instrument.id);
}

void ReplayEvents::on_trades_lost(schemas::InstrumentId instrument, std::uint64_t count) {
  if (count == 0) return;
  counters_.trades_lost += count;
  publisher_.lose_trades(instrument, count, schemas::GapReason::kFeedGap);
}

void ReplayEvents::on_recovering(schemas::InstrumentId instrument, std::string_view reason) {
  State& state = state_of(instrument);
  state.synced = false;
  state.reason = reason;
  publish_state(instrument);
}

void ReplayEvents::on_synced(schemas::InstrumentId instrument) {
  State& state = state_of(instrument);
  state.synced = true;
  if (!state.halted && !state.closed) state.reason.clear();
  publish_state(instrument);
}

void ReplayEvents::on_halted(schemas::InstrumentId instrument, std::string_view reason) {
  State& state = state_of(instrument);
  state.halted = true;
  state.reason = reason;
  publish_state(instrument);
}

void ReplayEvents::on_closed(schemas::InstrumentId instrument, std::string_view reason) {
  State& state = state_of(instrument);
  state.closed = true;
  state.reason = reason;
  publish_state(instrument);
}

void ReplayEvents::on_trading(schemas::InstrumentId instrument) {
  State& state = state_of(instrument);
  state.halted = state.closed = false;
  state.reason = state.synced ? std::string_view() : kFirstBook;
  publish_state(instrument);
}

void ReplayEvents::on_anomaly(feeds::Anomaly anomaly, std::string_view detail) {
  ++counters_.of(anomaly);
  anomaly_hook_(anomaly, detail);
}

}  // namespace tickgate::gateway
