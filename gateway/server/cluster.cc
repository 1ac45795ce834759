// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/cluster.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "feeds/nats/nats_options.h"
#include "gateway/api/venue_board.h"
#include "gateway/log/log.h"
#include "gateway/server/cluster_ends.h"
#include "gateway/server/host_name.h"
#include "schemas/check.h"

namespace tickgate::gateway {

using std::chrono::duration_cast;
using std::chrono::seconds;

namespace {

feeds::NatsOptions nats_options(const NatsConfig& config, std::string name) {
  feeds::NatsOptions options;
  options.urls = config.url;
  options.name = std::move(name);
  options.credentials_file = config.credentials_file;
  options.nkey_file = config.nkey_file;
  options.user = config.user;
  options.password_file = config.password_file;
  options.ca_file = config.ca_file;
  options.certificate = config.certificate;
  options.key = config.key;
  return options;
}

std::string ingest_name(const PublishConfig& config) {
  return config.name.empty() ? host_name("tickgate") : config.name;
}

feeds::IngestSettings ingest_settings(const PublishConfig& config) {
  feeds::IngestSettings settings;
  settings.name = ingest_name(config);
  settings.nats = nats_options(config.nats, "tickgate-ingest " + settings.name);
  settings.subject_prefix = config.nats.subject_prefix;
  for (const auto& interval : config.bars) {
    settings.bars.push_back(*schemas::interval_from_name(interval));
  }
  settings.replicas = config.replicas;
  settings.trades_age = duration_cast<seconds>(config.trades_age);
  settings.trades_bytes = config.trades_memory;
  settings.trades_on_disk = config.trades_storage == TradesStorage::kFile;
  return settings;
}

feeds::EdgeSettings edge_settings(const EdgeConfig& config) {
  feeds::EdgeSettings settings;
  settings.nats = nats_options(config.nats, "tickgate-edge " + host_name("tickgate"));
  settings.subject_prefix = config.nats.subject_prefix;
  if (!config.symbols.empty()) settings.symbols = config.symbols;
  settings.linger = config.linger;
  return settings;
}

// A relay does not know what the edges behind it follow.
std::unique_ptr<feeds::Demand> everything() {
  using schemas::Channel;
  auto all = std::make_unique<feeds::Demand>();
  for (std::uint32_t i = 0; i < feeds::Demand::kMost; ++i) {
    for (const auto channel : {Channel::kQuote, Channel::kBook, Channel::kTicker}) {
      all->raise(schemas::InstrumentId{i}, channel);
    }
  }
  return all;
}

absl::Status named(const char* where, const absl::Status& status) {
  if (status.ok()) return status;
  return {status.code(), std::string(where) + ": " + std::string(status.message())};
}

}  // namespace

absl::Status Cluster::check(const Config& config) {
  if (config.publish) {
    const auto checked =
        feeds::check(nats_options(config.publish->nats, ingest_name(*config.publish)));
    if (!checked.ok()) return named("publish.nats", checked);
  }
  if (!config.edge) return absl::OkStatus();
  return named("feeds: venue nats", feeds::check(nats_options(config.edge->nats, "edge")));
}

absl::StatusOr<std::unique_ptr<Cluster>> Cluster::make(const Config& config,
                                                       ClusterSurroundings surroundings) {
  if (!config.publish && !config.edge) return nullptr;
  if (auto checked = check(config); !checked.ok()) return checked;
  auto ends = std::make_unique<Ends>();
  ends->surroundings = std::move(surroundings);
  if (config.edge) ends->edge_config = *config.edge;
  std::unique_ptr<Cluster> cluster(
      new Cluster(std::move(ends), config.edge.has_value(), config.publish.has_value()));
  if (!config.publish) return cluster;
  auto& its = *cluster->ends_;
  its.publish = *config.publish;
  its.name = ingest_name(*config.publish);
  auto settings = ingest_settings(*config.publish);
  settings.epoch = its.surroundings.epoch;
  settings.relays = config.edge.has_value();
  feeds::IngestHooks hooks;
  const bool relays = settings.relays;
  hooks.book = [&its, relays](const std::string& symbol, std::uint32_t depth, auto answer) {
    relays ? its.edge->ask_book(symbol, depth, std::move(answer))
           : its.surroundings.book(symbol, depth, std::move(answer));
  };
  hooks.bars = [&its, relays](auto instrument, auto interval, feeds::BarsAnswer answer) {
    relays ? its.edge->ask_bars(instrument, interval, std::move(answer))
           : its.surroundings.bars(instrument, interval, std::move(answer));
  };
  hooks.venues = [&its, relays] { return relays ? its.edge->venues() : its.surroundings.venues(); };
  hooks.bar_demand = its.surroundings.bar_demand;
  auto made = feeds::Ingest::make(std::move(settings), std::move(hooks));
  if (!made.ok()) return named("publish.nats", made.status());
  its.ingest = *std::move(made);
  return cluster;
}

Cluster::Cluster(std::unique_ptr<Ends> ends, bool has_edge, bool has_ingest)
    : ends_(std::move(ends)), has_edge_(has_edge), has_ingest_(has_ingest) {}

Cluster::~Cluster() {
  stop_ingest();
  stop_edge();
}

std::optional<feeds::ShardLink> Cluster::add_source() {
  if (!has_ingest_) return std::nullopt;
  return ends_->ingest->add_source();
}

void Cluster::watch(const feeds::Beat& beat) {
  if (has_ingest_) ends_->ingest->watch(beat);
}

absl::Status Cluster::open_edge(const std::vector<feeds::ShardLink>& shards) {
  TICKGATE_CHECK(has_edge_ && ends_->edge == nullptr);
  const feeds::Demand* demand = ends_->surroundings.demand;
  if (has_ingest_) {
    ends_->all = everything();
    demand = ends_->all.get();
  }
  feeds::EdgeHooks hooks;
  hooks.on_epoch = [this](const std::string& epoch) {
    log::info("gateway", "the ingests' epoch", {{"epoch", epoch}});
    if (has_ingest_) ends_->ingest->take_epoch(epoch);
  };
  auto made = feeds::Edge::make(edge_settings(ends_->edge_config), *ends_->surroundings.registry,
                                shards, demand, ends_->surroundings.bar_demand, std::move(hooks));
  if (!made.ok()) return named("feeds: venue nats", made.status());
  ends_->edge = *std::move(made);
  return absl::OkStatus();
}

void Cluster::start() {
  if (has_edge_) ends_->edge->start();
  if (has_ingest_) ends_->ingest->start();
}

// It may take two seconds, in which the main thread has other things to do.
void Cluster::begin_leaving() {
  if (!has_ingest_ || ends_->leaving.joinable()) return;
  ends_->leaving = std::thread([ingest = ends_->ingest.get()] { ingest->stop(); });
}

void Cluster::stop_ingest() {
  if (ends_->leaving.joinable()) ends_->leaving.join();
  if (ends_->ingest != nullptr) ends_->ingest->stop();
}

void Cluster::stop_edge() {
  if (ends_->edge != nullptr) ends_->edge->stop();
}

const feeds::Beat& Cluster::beat() const { return ends_->edge->beat(); }

void Cluster::ask_book(const std::string& symbol, std::uint32_t depth,
                       std::function<void(std::string)> answer) {
  constexpr std::string_view kError = R"({"type":"error")";
  ends_->edge->ask_book(symbol, depth, [answer = std::move(answer), kError](std::string json) {
    if (json.starts_with(kError)) json.clear();
    answer(std::move(json));
  });
}

void Cluster::ask_bars(schemas::InstrumentId instrument, schemas::Interval interval,
                       feeds::BarsAnswer answer) {
  ends_->edge->ask_bars(instrument, interval, std::move(answer));
}

std::string Cluster::venues() const {
  const auto status = ends_->edge->status();
  auto all = ends_->edge->venues();
  if (all.empty() || all.back() != '\n') all.push_back('\n');
  if (status.state == schemas::State::kLive) return all;
  return greyed_venues(std::move(all), status.state, status.reason);
}

std::optional<EdgeReport> Cluster::edge() const {
  if (!has_edge_) return std::nullopt;
  auto status = ends_->edge->status();
  EdgeReport report;
  report.state = status.state;
  report.reason = std::move(status.reason);
  report.since = status.since;
  report.connected = status.connected;
  report.server = absl::StrJoin(ends_->edge_config.nats.url, ",");
  report.epoch = std::move(status.epoch);
  report.fence = status.fence;
  report.ingest = std::move(status.ingest);
  report.heartbeat_age = status.heartbeat_age;
  report.delay = status.delay;
  report.subscriptions = status.subscriptions;
  report.instruments = status.instruments;
  const auto& counters = ends_->edge->counters();
  for (const auto& count : counters.messages) report.messages += count.value();
  report.trades_lost = counters.trades_lost.value();
  report.connects = counters.reconnects.value() + (status.connected ? 1 : 0);
  return report;
}

std::optional<IngestReport> Cluster::ingest() const {
  if (!has_ingest_) return std::nullopt;
  auto status = ends_->ingest->status();
  IngestReport report;
  report.name = ends_->name;
  report.connected = status.connected;
  report.server = absl::StrJoin(ends_->publish.nats.url, ",");
  report.leads = status.leading;
  report.leader = std::move(status.leader);
  report.fence = status.fence;
  report.epoch = std::move(status.epoch);
  report.reason = std::move(status.reason);
  if (status.leading) report.lease_age = status.lease_age;
  return report;
}

}  // namespace tickgate::gateway
