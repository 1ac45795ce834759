// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/server.h"

#include "gateway/server/ledger_of_server.h"

#include <algorithm>
#include <csignal>
#include <new>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/api/full_book.h"
#include "gateway/config/descriptor_plan.h"
#include "gateway/log/log.h"
#include "gateway/net/listener.h"
#include "gateway/server/cores.h"
#include "gateway/server/feed_settings.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// From a feed thread to one shard: a burst of some ten thousand quotes.
constexpr std::size_t kRingBytes = 4U << 20U;
// After the drain time: for the last Close frames to leave, and to be answered.
constexpr seconds kLastWords{5};
// Between two that are told to leave, while `drain_time` permits: what gateways, and proxies that
// shake hands over TLS before them, take in without haste.
constexpr milliseconds kPerClient{4};
// From a client's notice to its Close: the time to connect elsewhere beside this connection, across
// an ocean, and to see the same trades on both.
constexpr milliseconds kDrainNotice{2'000};
constexpr milliseconds kDrainCheck{20};
// Names this run to clients: sequence numbers begin anew with it.
std::string make_epoch() {
  static constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford's
  auto value = static_cast<std::uint64_t>(wall_now().value()) / 1000;
  std::string epoch(10, '0');
  for (auto digit = epoch.rbegin(); digit != epoch.rend(); ++digit, value /= 32) {
    *digit = kDigits[value % 32];
  }
  return epoch;
}

// null: there is no memory for it.
FullBooks::Copy copy_of(const feeds::OrderBook& book, const schemas::Book& top) {
  try {
    return std::make_shared<const BookCopy>(BookCopy{book.best(HttpApi::kMaxBookDepth), top});
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// A ring to each shard for each thread of feeds, one to whoever says it again later, and one to
// whoever publishes it.
class RingsOfShards final : public feeds::ShardRings {
 public:
  RingsOfShards(const std::vector<std::unique_ptr<Shard>>& shards, DelayLanes* delay,
                Cluster* cluster)
      : shards_(shards), delay_(delay), cluster_(cluster) {}

  std::vector<feeds::ShardLink> add() override {
    std::vector<feeds::ShardLink> links;
    for (const auto& shard : shards_) {
      links.push_back({&shard->add_ring(kRingBytes), &shard->doorbell()});
    }
    if (delay_ != nullptr) links.push_back(delay_->add_ring());
    const auto ingest = cluster_ == nullptr ? std::nullopt : cluster_->add_source();
    if (ingest) links.push_back(*ingest);
    return links;
  }
  void watch(const feeds::Beat& beat) override {
    for (const auto& shard : shards_) shard->watch(beat);
    if (delay_ != nullptr) delay_->watch(beat);
    if (cluster_ != nullptr) cluster_->watch(beat);
  }

 private:
  const std::vector<std::unique_ptr<Shard>>& shards_;
  DelayLanes* delay_;
  Cluster* cluster_;
};

// An edge's own thread of feeds has none, and nobody to tell.
class NoRings final : public feeds::ShardRings {
 public:
  std::vector<feeds::ShardLink> add() override { return {}; }
  void watch(const feeds::Beat& /*beat*/) override {}
};

}  // namespace

Server::Server(Config config, ConfigFile file)
    : config_(std::move(config)),
      reload_(config_, std::move(file),
              [this](const Config& running, const Config& next) { return apply(running, next); }),
      signals_(io_),
      drain_timer_(io_),
      files_timer_(io_),
      memory_(memory_budget(config_.limits.memory, granted_memory())),
      addresses_(address_limits(config_.limits)),
      pace_(config_.limits.handshakes_per_second),
      books_(io_, [this](const schemas::Instrument& instrument,
                         FullBooks::Copied done) { copy_book(instrument, std::move(done)); }),
      venues_(io_),
      admin_(io_) {}

Server::~Server() { end(); }

absl::Status Server::start() {
  if (auto shared = share_descriptors(); !shared.ok()) return shared;
  std::signal(SIGPIPE, SIG_IGN);
  started_ = monotonic_now();
  readiness_.set(config_.server);
  if (config_.server.tls.has_value()) {
    const auto& files = *config_.server.tls;
    tls_ =
        std::make_unique<TlsContextHolder>(TlsFiles{files.certificate, files.key, files.client_ca});
    if (auto loaded = tls_->reload(); !loaded.ok()) return loaded;
    warn_of_certificate();
  }
  if (auto read = admin_access_.open(config_.server); !read.ok()) return read;
  if (auto started = credentials_.start(config_); !started.ok()) return started;
  if (auto made = make_cluster(); !made.ok()) return made;
  if (auto opened = open_ports(); !opened.ok()) return opened;
  auto delay = DelayLanes::make(config_, shards_);
  if (!delay.ok()) return delay.status();
  delay_ = *std::move(delay);
  if (auto made = make_feeds(); !made.ok()) return made;
  if (auto started = feeds_->start(); !started.ok()) return started;
  route_admin();
  if (delay_ != nullptr) delay_->start();
  for (const auto& shard : shards_) shard->start();
  if (cluster_ != nullptr) cluster_->start();
  admin_.start();
  memory_watch_->start();
  address_watch_.start();
  watch_venues();
  boost::system::error_code ignored;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) signals_.add(signal, ignored);
  wait_for_signal();
  watch_files();
  serving_ = true;
  log::info(
      "gateway", "listening",
      {{"address", ListenAddress{config_.server.listen.host, port()}.text()},
       {"admin_address", ListenAddress{config_.server.admin_listen.host, admin_port()}.text()},
       {"shards", shards_.size()},
       {"feeds", config_.feeds.size() + (is_edge() ? 1 : 0)},
       {"tls", tls()}});
  notify_.serving();
  return absl::OkStatus();
}

// Fewer connections than asked for are served, and said; a number that stands in the configuration
// was refused before, when it was read.
absl::Status Server::share_descriptors() {
  const auto limit = raise_descriptor_limit();
  const auto plan = plan_descriptors(config_, limit);
  if (plan.clients == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("open files: ", limit, " are allowed (RLIMIT_NOFILE, ulimit -n), ", plan.kept,
                     " are for feeds, ports and files, and none is left for clients"));
  }
  if (config_.limits.connections > plan.connections) {
    log::warning("gateway", "limits.connections lowered to what the open files allow",
                 {{"connections", plan.connections},
                  {"instead_of", config_.limits.connections},
                  {"open_files", limit},
                  {"hint", "raise RLIMIT_NOFILE (ulimit -n), or set limits.connections"}});
    config_.limits.connections = static_cast<std::uint32_t>(plan.connections);
  }
  admin_.allow(plan.admin);
  descriptors_.set_most(plan.clients);
  return absl::OkStatus();
}

absl::Status Server::open_ports() {
  admin_.call_by(config_.server.admin_hosts);
  if (auto status = admin_.listen(config_.server.admin_listen); !status.ok()) return status;
  ListenAddress address = config_.server.listen;
  if (auto status = check_listen_address(address); !status.ok()) return status;
  const auto cores = granted_cores();
  const auto count =
      config_.server.shards > 0 ? config_.server.shards : std::max(1U, cores > 1 ? cores - 1 : 1U);
  const auto ask = [this](schemas::InstrumentId instrument, schemas::Interval interval,
                          feeds::BarsAnswer answer) {
    ask_bars(instrument, interval, std::move(answer));
  };
  open_ledger(epoch_, count);
  visitors_ = std::make_shared<Visitors>(visitor_limits(config_.limits));
  memory_watch_ = std::make_unique<MemoryWatch>(io_, memory_, *visitors_, open_connections_);
  const bool guarded = config_.auth.has_value();  // a restart changes that, and no reload
  for (std::uint32_t i = 0; i < count; ++i) {
    apis_.push_back(std::make_unique<HttpApi>(
        is_edge() ? static_cast<FullBookSource&>(books_of_edge_) : books_,
        [this, guarded] { return guarded ? without_reasons(ready()) : ready(); },
        [this] { return is_edge() ? cluster_->venues() : venues_.text(); }));
    if (is_edge()) apis_.back()->fetch_by(demand_);
    ShardSettings settings{i,
                           config_.limits,
                           config_.server.origins,
                           tls_.get(),
                           is_edge() ? std::string() : epoch_,
                           &demand_,
                           visitors_,
                           &descriptors_,
                           &memory_,
                           ask,
                           &bar_demand_,
                           &addresses_,
                           proxy_rules(config_.server),
                           credentials_.guard()};
    settings.subjects = subjects_;
    settings.pace = &pace_;
    if (config_.auth.has_value()) settings.auth_time = config_.auth->time;
    settings.ledger = ledger_.get();
    settings.ledger_address = ledger_address(config_.ledger.addresses);
    shards_.push_back(
        std::make_unique<Shard>(std::move(settings), *apis_.back(), open_connections_));
    if (auto status = shards_.back()->listen(address); !status.ok()) return status;
    address.port = shards_.back()->port();  // the one the system chose, for all of them
  }
  return absl::OkStatus();
}

absl::Status Server::make_cluster() {
  epoch_ = make_epoch();
  ClusterSurroundings surroundings{&registry_, &demand_, &bar_demand_, epoch_, {}, {}, {}};
  surroundings.book = [this](const std::string& symbol, std::uint32_t depth, auto done) {
    const auto* const instrument = registry_.find(symbol);
    if (instrument == nullptr) return done({});
    books_.read_book(*instrument, depth, std::move(done));
  };
  surroundings.bars = [this](auto instrument, auto interval, feeds::BarsAnswer answer) {
    feeds_->with_bars(instrument, interval, std::move(answer));
  };
  surroundings.venues = [this] { return venues_.text(); };
  auto made = Cluster::make(config_, std::move(surroundings));
  if (!made.ok()) return made.status();
  cluster_ = *std::move(made);
  return absl::OkStatus();
}

void Server::ask_bars(schemas::InstrumentId instrument, schemas::Interval interval,
                      feeds::BarsAnswer answer) {
  if (is_edge()) return cluster_->ask_bars(instrument, interval, std::move(answer));
  feeds_->with_bars(instrument, interval, std::move(answer));
}

// To the shards an edge is one more thread of feeds; the one that is made beside it has none.
absl::Status Server::make_feeds() {
  RingsOfShards rings(shards_, delay_.get(), cluster_.get());
  if (is_edge()) {
    const auto links = rings.add();
    if (auto opened = cluster_->open_edge(links); !opened.ok()) return opened;
    rings.watch(cluster_->beat());
    NoRings none;
    feeds_ = std::make_unique<feeds::FeedThreads>(std::vector<feeds::FeedSettings>{}, 1,
                                                  best_rules(config_), registry_, none);
    return absl::OkStatus();
  }
  std::vector<feeds::FeedSettings> settings;
  for (const auto& feed : config_.feeds) {
    settings.push_back(feed_settings(feed));
    settings.back().bars = bars_options(config_.bars);
    settings.back().bars.longest_delay = longest_delay_of(config_);
  }
  feeds_ = std::make_unique<feeds::FeedThreads>(std::move(settings), config_.server.feed_threads,
                                                best_rules(config_), registry_, rings, &demand_,
                                                &bar_demand_);
  return absl::OkStatus();
}

void Server::BooksOfEdge::read_book(const schemas::Instrument& instrument, std::size_t depth,
                                    std::function<void(std::string)> done) {
  cluster_->ask_book(instrument.symbol, static_cast<std::uint32_t>(depth), std::move(done));
}

void Server::copy_book(const schemas::Instrument& instrument, FullBooks::Copied done) {
  feeds_->with_book(instrument.id, [done = std::move(done)](const feeds::OrderBook* book,
                                                            const schemas::Book* top) {
    const auto begun = std::chrono::steady_clock::now();
    FullBooks::Copy copy;
    if (book != nullptr && top != nullptr) {
      copy = copy_of(*book, *top);
    }
    done(std::move(copy), std::chrono::steady_clock::now() - begun);
  });
}

void Server::run() { io_.run(); }

void Server::request_stop() {
  boost::asio::post(io_, [this] { on_signal(SIGTERM); });
}

void Server::wait_for_signal() {
  signals_.async_wait([this](boost::system::error_code error, int signal) {
    if (error || phase_ == Phase::kEnded) return;
    on_signal(signal);
    if (phase_ != Phase::kEnded) wait_for_signal();
  });
}

void Server::on_signal(int signal) {
  if (signal == SIGHUP) {
    read_again();
  } else if (phase_ == Phase::kServing) {
    begin_drain();
  } else if (phase_ == Phase::kDraining) {
    log::warning("gateway", "asked again: ending at once");
    end();
  }
}

void Server::begin_drain() {
  phase_ = Phase::kDraining;
  if (cluster_ != nullptr) cluster_->begin_leaving();  // who stands by goes on meanwhile
  for (const auto& shard : shards_) shard->stop_keeping_connections();
  log::info("gateway", "draining", {{"connections", open_connections_.load()}});
  notify_.stopping(config_.server.drain_delay + config_.server.drain_time + 2 * kLastWords);
  drain_timer_.expires_after(config_.server.drain_delay);
  drain_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) close_clients();
  });
}

void Server::close_clients() {
  const auto notice = std::min(config_.server.drain_time / 2, kDrainNotice);
  const auto spread =
      std::min(config_.server.drain_time - notice, open_connections_.load() * kPerClient);
  for (const auto& shard : shards_) {
    shard->stop_accepting();
    shard->drain(notice, spread);
  }
  drain_deadline_ = monotonic_now() + notice + spread + kLastWords;
  end_when_drained();
}

void Server::end_when_drained() {
  const bool begun = std::all_of(shards_.begin(), shards_.end(),
                                 [](const auto& shard) { return shard->draining(); });
  // Of streams and answers that are on their way.
  const bool empty = open_connections_.load() == 0 && shards_.front()->visitors().count() == 0;
  if ((begun && empty) || monotonic_now() >= drain_deadline_) return end();
  drain_check_ = monotonic_now() + kDrainCheck;
  drain_timer_.expires_at(std::chrono::steady_clock::time_point{drain_check_});
  drain_timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    const auto late = monotonic_now() - drain_check_;
    if (late > kPause) drain_deadline_ += late;  // as the clients' moments move
    end_when_drained();
  });
}

void Server::end() {
  if (phase_ == Phase::kEnded) return;
  phase_ = Phase::kEnded;
  if (cluster_ != nullptr) {
    cluster_->stop_ingest();
    cluster_->stop_edge();
  }
  if (feeds_ != nullptr) {
    feeds_->stop();
    feeds_->join();
  }
  if (delay_ != nullptr) delay_->stop();
  for (const auto& shard : shards_) shard->stop();
  ledger_.reset();  // what it is asked comes back before
  admin_.stop();
  if (explainer_ != nullptr) explainer_->stop();
  venues_.stop();
  boost::system::error_code ignored;
  signals_.cancel(ignored);
  drain_timer_.cancel();
  files_timer_.cancel();
  credentials_.stop();
  if (memory_watch_ != nullptr) memory_watch_->stop();
  address_watch_.stop();
  notify_.end();
  if (serving_) log::info("gateway", "ended");
}

}  // namespace tickgate::gateway
