// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "gateway/api/clock_report_text.h"
#include "gateway/api/quarantine_json.h"
#include "gateway/server/config_page.h"
#include "gateway/server/edge_feed.h"
#include "schemas/json.h"

// What the admin port says of the whole.
namespace tickgate::gateway {
namespace {

using std::chrono::seconds;

// A loop that has not turned for so long is stuck, whatever its clients do.
constexpr seconds kStuck{10};

// Only of a feed that has several; "connections" counts those ever established.
void append_connections(std::string& out, const std::vector<feeds::ConnectionStatus>& all,
                        schemas::Timestamp now) {
  if (all.size() < 2) return;
  out.append(",\"by_connection\":[");
  for (std::size_t i = 0; i < all.size(); ++i) {
    fmt::format_to(std::back_inserter(out), R"({}{{"state":"{}","since":{},"reason":)",
                   i > 0 ? "," : "", name(all[i].state), since_or_now(all[i].since, now).value());
    schemas::append_json_string(out, all[i].reason);
    fmt::format_to(std::back_inserter(out), R"(,"symbols":{})", all[i].symbols);
    if (all[i].line > 0) fmt::format_to(std::back_inserter(out), R"(,"line":{})", all[i].line);
    out.push_back('}');
  }
  out.push_back(']');
}

// What the venue's host asked of all feeds that speak to it.
void append_pause(std::string& out, const feeds::FeedStatus& status) {
  if (status.paused_until == schemas::kNoTime) {
    out.append(R"(,"paused_until":null,"pause_reason":"")");
    return;
  }
  fmt::format_to(std::back_inserter(out), R"(,"paused_until":{},"pause_reason":)",
                 status.paused_until.value());
  schemas::append_json_string(out, status.pause_reason);
}

void append_feed(std::string& out, const feeds::Feed& feed) {
  const auto status = feed.status();
  const auto now = wall_now();
  fmt::format_to(std::back_inserter(out),
                 R"({{"feed":"{}","venue":"{}","state":"{}","since":{},"reason":)",
                 feed.options().name, feed.options().venue, name(status.state),
                 since_or_now(status.since, now).value());
  schemas::append_json_string(out, status.reason);
  if (status.last_message == schemas::kNoTime || status.last_message.value() == 0) {
    out.append(",\"last_message\":null,\"age_ms\":null");
  } else {
    fmt::format_to(std::back_inserter(out), R"(,"last_message":{},"age_ms":{})",
                   status.last_message.value(), (now.value() - status.last_message.value()) / 1000);
  }
  if (status.venue_age == feeds::VenueAge::kUnknown) {
    out.append(",\"venue_age_ms\":null");
  } else {
    fmt::format_to(std::back_inserter(out), R"(,"venue_age_ms":{})",
                   status.venue_age / std::chrono::milliseconds(1));
  }
  out.append(",\"clock\":");
  append_clock_json(out, status.clock);
  out.append(",\"instruments\":{");
  for (std::size_t i = 0; i < status.instruments.size(); ++i) {
    fmt::format_to(std::back_inserter(out), R"({}"{}":{})", i > 0 ? "," : "",
                   name(static_cast<schemas::State>(i)), status.instruments[i]);
  }
  const auto& counters = feed.counters();
  fmt::format_to(std::back_inserter(out),
                 R"(}},"messages":{},"bytes":{},"connections":{},"resyncs":{},"held_back":{})"
                 R"(,"trades_lost":{},"checksums_verified":{},"anomalies":{{)",
                 counters.messages.value(), counters.bytes.value(), counters.connections.value(),
                 counters.resyncs.value(), counters.held_back.value(), counters.trades_lost.value(),
                 counters.checksums_verified.value());
  for (std::size_t i = 0; i < feeds::kAnomalyCount; ++i) {
    fmt::format_to(std::back_inserter(out), R"({}"{}":{})", i > 0 ? "," : "",
                   name(static_cast<feeds::Anomaly>(i)), counters.anomalies[i].value());
  }
  out.push_back('}');
  append_pause(out, status);
  append_connections(out, status.connections, now);
  out.push_back('}');
}

}  // namespace

void Server::route_admin() {
  metrics_ = std::make_unique<Metrics>(metric_sources());
  admin_.route_later("/metrics",
                     [this](const HttpRequest& request, const AdminServer::Reply& reply) {
                       answer_metrics(request, reply);
                     });
  admin_.route("/livez", [this] { return livez(); });
  admin_.route("/readyz", [this] { return readyz(); });
  admin_.route("/v1/feeds", [this] { return feeds_json(); });
  admin_.route("/v1/cluster", [this] { return cluster_json(); });
  admin_.route("/v1/config", [this] {
    return AdminAnswer{200, kJsonType, config_page(reload_, config_.limits.connections)};
  });
  admin_.route("/v1/quarantine", [this] {
    std::string json;
    feeds_->with_all([&](std::span<const feeds::FeedView> views) {
      std::vector<const feeds::Feed*> all;
      for (const auto& view : views) all.push_back(view.feed);
      json = quarantine_json(all);
    });
    return AdminAnswer{200, kJsonType, std::move(json)};
  });
  route_questions();
}

// What several threads have to be asked for.
void Server::route_questions() {
  std::vector<Shard*> shards;
  for (const auto& shard : shards_) shards.push_back(shard.get());
  std::vector<Explainer::FeedsThread> threads;
  const auto count = feeds_->threads();
  for (std::size_t i = 0; i < count; ++i) {
    auto& thread = feeds_->thread(i);
    threads.push_back(
        {count == 1 ? "the feeds' thread" : fmt::format("the feeds' thread {}", i),
         [&thread](schemas::InstrumentId id, auto done) { thread.explain(id, std::move(done)); }});
  }
  admin_.route_later("/v1/usage",
                     [this](const HttpRequest& request, const AdminServer::Reply& reply) {
                       answer_usage(request, reply);
                     });
  explainer_ = std::make_unique<Explainer>(io_, registry_, std::move(shards), std::move(threads),
                                           [this] { return edge_report(); });
  admin_.route_later("/v1/explain", [this](const HttpRequest& request, AdminServer::Reply reply) {
    explainer_->explain(request, std::move(reply));
  });
  admin_.route_later("/v1/clients", [this](const HttpRequest& request, AdminServer::Reply reply) {
    explainer_->list_clients(request, std::move(reply));
  });
}

void Server::watch_venues() {
  venues_.start([this](const std::function<void(const feeds::Feed&)>& visit) {
    feeds_->with_all([&](std::span<const feeds::FeedView> views) {
      for (const auto& view : views) visit(*view.feed);
    });
  });
}

// Never depends on a venue: a venue that is away must not restart us.
AdminAnswer Server::livez() const {
  const auto now = monotonic_now();
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (now - std::max(shards_[i]->last_turn(), started_) > kStuck) {  // its first turn may be due
      return {503, kTextType, fmt::format("shard {} has not turned for 10 s\n", i)};
    }
  }
  if (const auto still = feeds_still(now); still > kStuck) {
    return {503, kTextType,
            fmt::format("the feeds' thread stands still for {} s\n", still / seconds(1))};
  }
  return {200, kTextType, "ok\n"};
}

// What `systemctl status` shows: "2 of 3 feeds live, not kraken; 120 clients".
ServiceNotify::Health Server::health() const {
  if (const auto live = livez(); live.status != 200)
    return {false, live.body.substr(0, live.body.size() - 1)};
  const auto clients = open_connections_.load(std::memory_order_relaxed);
  if (phase_ != Phase::kServing) return {true, fmt::format("draining, {} clients", clients)};
  std::size_t live = 0, all = 0;
  std::string others;
  feeds_->with_all([&](std::span<const feeds::FeedView> views) {
    all = views.size();
    for (const auto& view : views) {
      if (view.feed->status().state == feeds::FeedState::kLive) {
        ++live;
      } else {
        others.append(others.empty() ? ", not " : " ").append(view.feed->options().name);
      }
    }
  });
  if (const auto edge = edge_report()) {
    ++all;
    edge->state == schemas::State::kLive ? void(++live) : void(others.append(", not nats"));
  }
  return {true, fmt::format("{} of {} feeds live{}; {} clients", live, all, others, clients)};
}

AdminAnswer Server::readyz() {
  const auto state = ready();
  return {state.ready ? 200U : 503U, kTextType, state.why + "\n"};
}

ReadyState Server::ready() {
  std::vector<FeedWarmth> feeds;
  feeds_->with_all([&](std::span<const feeds::FeedView> views) {
    for (const auto& view : views) {
      feeds.push_back(warmth_of(view.feed->options().name, view.feed->status()));
    }
  });
  if (const auto edge = edge_report()) feeds.push_back(warmth_of(*edge));
  ReadyQuestion question;
  question.feeds = feeds;
  question.elapsed = monotonic_now() - started_;
  question.nameless =
      !std::ranges::all_of(shards_, [](const auto& shard) { return shard->is_named(); });
  question.feeds_still = feeds_still(monotonic_now());
  question.draining = phase_.load(std::memory_order_relaxed) != Phase::kServing;
  return readiness_.judge(question);
}

std::optional<EdgeReport> Server::edge_report() const {
  return cluster_ == nullptr ? std::nullopt : cluster_->edge();
}

Monotonic Server::feeds_still(Monotonic now) const {
  const auto still = feeds_->beat_age(now);
  return is_edge() ? std::max<Monotonic>(still, cluster_->beat().age(now)) : still;
}

AdminAnswer Server::cluster_json() const {
  std::string json = "{\"edge\":";
  if (const auto edge = edge_report()) {
    append_edge_json(json, *edge);
  } else {
    json.append("null");
  }
  json.append(",\"ingest\":");
  const auto ingest = cluster_ == nullptr ? std::nullopt : cluster_->ingest();
  if (ingest) {
    append_ingest_json(json, *ingest);
  } else {
    json.append("null");
  }
  return {200, kJsonType, json.append("}\n")};
}

AdminAnswer Server::feeds_json() const {
  std::string json = "[";
  feeds_->with_all([&](std::span<const feeds::FeedView> views) {
    for (const auto& view : views) {
      if (json.size() > 1) json.push_back(',');
      append_feed(json, *view.feed);
    }
  });
  if (const auto edge = edge_report()) {
    append_edge_feed(json, *edge, wall_now());
  }
  json.append("]\n");
  return {200, kJsonType, std::move(json)};
}

}  // namespace tickgate::gateway
