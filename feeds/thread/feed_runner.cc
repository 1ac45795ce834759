// SPDX-License-Identifier: Apache-2.0
#include "feeds/thread/feed_runner.h"

#include <random>
#include <utility>

#include "feeds/thread/book_of.h"

namespace tickgate::feeds {

FeedRunner::FeedRunner(FeedSettings settings, FeedRoom& room,
                       std::optional<std::uint32_t> first_conn)
    : settings_(std::move(settings)),
      room_(room),
      first_conn_(first_conn),
      fan_(room.shards),
      derived_(fan_, settings_.bars, room.bar_demand, &room.memory) {
  listen_in();
  if (!settings_.capture.path.empty()) {
    status_ = CaptureReader::open(settings_.capture.path).status();
  } else if (!settings_.make_source) {
    open_network();
  }
  make_feed();
}

void FeedRunner::open_network() {
  has_network_ = true;
  auto trust = TlsTrust::create(settings_.ca_file);
  status_ = trust.status();
  if (!trust.ok()) trust = TlsTrust::create("");
  auto proxies = ProxyRules::create(settings_.proxy, environment_variable);
  if (!proxies.ok()) status_ = proxies.status();
  network_.emplace(NetworkIo::Settings{*std::move(trust),
                                       proxies.ok() ? *std::move(proxies) : ProxyRules(),
                                       settings_.adapter.credentials, room_.tap});
}

std::unique_ptr<FeedIo> FeedRunner::make_io(Connection& connection) {
  if (network_) {
    const auto conn = first_conn_ ? *std::exchange(first_conn_, std::nullopt) : room_.next_conn++;
    return std::make_unique<NetworkIo>(room_.io, *network_, conn, connection, fan_);
  }
  if (settings_.make_source) {
    auto source = std::make_unique<SourceIo>();
    source->attach(connection, *source_);
    source_io_ = source.get();
    return source;
  }
  auto player = std::make_unique<CapturePlayer>(settings_.capture, settings_.options.venue);
  player->attach(connection, static_cast<CaptureAdapter&>(connection.adapter()));
  player_ = player.get();
  return player;
}

std::unique_ptr<VenueAdapter> FeedRunner::make_adapter(AdapterEvents& events,
                                                       const std::vector<std::string>& pairs) {
  auto& registry = room_.registry;
  if (settings_.make_source) {
    auto adapter =
        std::make_unique<SourceAdapter>(settings_.make_source(settings_.source, registry, events));
    source_ = &adapter->source();
    return adapter;
  }
  auto adapter = settings_.adapter;
  adapter.pairs = pairs;
  if (network_) return settings_.make_adapter(adapter, registry, events);
  return std::make_unique<CaptureAdapter>(settings_.make_adapter, std::move(adapter), registry,
                                          events);
}

void FeedRunner::make_feed() {
  ConnectionMakers make;
  make.io = [this](Connection& connection) { return make_io(connection); };
  make.adapter = [this](AdapterEvents& events, const auto& pairs) {
    return make_adapter(events, pairs);
  };
  make.second_adapter = [this](AdapterEvents& events, const auto& pairs) {
    return settings_.make_adapter(second_line(settings_, pairs), room_.registry, events);
  };
  auto options = settings_.options;
  options.passive = !has_network_;
  options.credentials = settings_.adapter.credentials;
  if (options.seed == 0) options.seed = std::random_device{}();
  const FeedSurroundings surroundings{&room_.budgets, room_.demand, &derived_.bars(),
                                      &room_.memory};
  TickSink& sink = tap_ != nullptr ? *tap_ : derived_;
  feed_.emplace(std::move(options), sink, room_.registry, make, surroundings);
  derived_.bars().attach(*feed_);
  fan_.attach(feed_->publisher().cache());
  if (member_tap_ != nullptr) member_tap_->attach(feed_->publisher().cache());
}

// In front of all else, if some venue's prices are consolidated that this feed may be of.
void FeedRunner::listen_in() {
  const auto [shared, index] = room_.consolidated;
  if (shared == nullptr || !shared->rules().has_venue(settings_.options.venue)) return;
  if (room_.consolidator != nullptr) {
    tap_ = room_.consolidator->tap(derived_, fan_);
    return;
  }
  auto tap = std::make_unique<MemberTap>(*shared, index, derived_, fan_);
  member_tap_ = tap.get();
  tap_ = std::move(tap);
}

void FeedRunner::start(Moment now) {
  advance_bars(now);
  feed_->start(now);
  fan_.flush();
}

void FeedRunner::stop(Moment now) {
  feed_->stop(now);
  fan_.flush();
}

void FeedRunner::tick(Moment now) {
  feed_->advance(now);
  advance_bars(now);
  fan_.flush();
}

void FeedRunner::end(const std::vector<std::string>& others, Moment now) {
  feed_->end(others, now);
  derived_.bars().remove_all();
  fan_.flush();
}

void FeedRunner::add(const std::vector<std::string>& pairs, Moment now) {
  feed_->add(pairs, now);
  fan_.flush();
}

void FeedRunner::remove(const std::vector<std::string>& pairs,
                        const std::vector<std::string>& others, Moment now) {
  feed_->remove(pairs, others, now);
  for (const auto& pair : pairs) {
    derived_.bars().remove(room_.registry.add(settings_.options.venue, pair).id);
  }
  fan_.flush();
}

bool FeedRunner::is_told() {
  fan_.flush();
  return !fan_.waiting() && (member_tap_ == nullptr || !member_tap_->waiting());
}

// Bars of a capture end by its own clock: what was traded then is no late trade of today.
void FeedRunner::advance_bars(Moment now) {
  if (settings_.capture.path.empty()) return derived_.advance(now);
  const auto then = player_ == nullptr ? std::nullopt : player_->time(now);
  if (then) derived_.advance({*then, now.steady});
}

Monotonic FeedRunner::pump(Moment now) {
  auto wait = kShortestPump;
  if (player_ != nullptr) wait = player_->advance(now);
  if (source_io_ != nullptr) source_io_->advance(now);
  fan_.flush();
  return wait;
}

void FeedRunner::with_book(schemas::InstrumentId id,
                           absl::AnyInvocable<void(const OrderBook*)>& callback) {
  if (const OrderBook* full = feed_->book(id)) return callback(full);
  const auto* top = source_ != nullptr ? feed_->publisher().cache().book(id) : nullptr;
  if (top == nullptr) return callback(nullptr);
  const OrderBook book = book_of(*top);
  callback(&book);
}

void FeedRunner::with_bars(schemas::InstrumentId id, schemas::Interval interval,
                           BarsAnswer& callback, Moment now) {
  derived_.bars().with_bars(id, interval, std::move(callback), now);
  fan_.flush();
}

}  // namespace tickgate::feeds
