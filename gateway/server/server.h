// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "feeds/thread/feed_threads.h"
#include "gateway/access/subject_counts.h"
#include "gateway/api/admin_server.h"
#include "gateway/api/explainer.h"
#include "gateway/api/full_books.h"
#include "gateway/api/http_api.h"
#include "gateway/api/metrics.h"
#include "gateway/api/venue_board.h"
#include "gateway/config/config.h"
#include "gateway/config/config_loader.h"
#include "gateway/ledger/ledger.h"
#include "gateway/net/tls_context.h"
#include "gateway/server/address_watch.h"
#include "gateway/server/admin_access.h"
#include "gateway/server/cluster.h"
#include "gateway/server/credentials.h"
#include "gateway/server/delay_lanes.h"
#include "gateway/server/memory_watch.h"
#include "gateway/server/readiness.h"
#include "gateway/server/reload.h"
#include "gateway/server/service_notify.h"
#include "gateway/shard/shard.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {

// The whole house: feeds, shards, the admin port, and their end. Main thread.
// Its members stand in the order of their lives, which costs a few bytes of padding, once.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
class Server final {
 public:
  // `file` is what `config` was read from, and is read again while the gateway runs.
  explicit Server(Config config, ConfigFile file = {});
  ~Server();

  // Opens the ports, loads the certificate, starts the threads. An error is the operator's to mend:
  // a port in use, a file that cannot be read.
  absl::Status start();
  // Serves the admin port until SIGTERM or SIGINT, then drains. A second one ends it at once.
  void run();
  // Any thread, while run() runs: what SIGTERM does.
  void request_stop();

  std::uint16_t port() const { return shards_.front()->port(); }
  std::uint16_t admin_port() const { return admin_.port(); }
  bool tls() const { return tls_ != nullptr; }

 private:
  enum class Phase : std::uint8_t { kServing, kDraining, kEnded };

  // As FullBooks has it, from the cluster, which may be asked on any thread.
  class BooksOfEdge final : public FullBookSource {
   public:
    explicit BooksOfEdge(const std::unique_ptr<Cluster>& cluster) : cluster_(cluster) {}
    void read_book(const schemas::Instrument& instrument, std::size_t depth,
                   std::function<void(std::string)> done) override;

   private:
    const std::unique_ptr<Cluster>& cluster_;
  };

  void copy_book(const schemas::Instrument& instrument, FullBooks::Copied done);

  absl::Status share_descriptors();
  std::vector<std::string> apply(const Config& running, const Config& next);
  void take_limits();
  absl::Status open_ports();
  absl::Status make_cluster();
  absl::Status make_feeds();
  bool is_edge() const { return cluster_ != nullptr && cluster_->has_edge(); }
  void ask_bars(schemas::InstrumentId instrument, schemas::Interval interval,
                feeds::BarsAnswer answer);
  // Of the thread that stands still longest, of those that feed the shards.
  Monotonic feeds_still(Monotonic now) const;
  void route_admin();
  void route_questions();
  MetricSources metric_sources();
  void collect_metrics(MetricFamilies& families);
  void open_ledger(const std::string& epoch, std::size_t shards);
  void answer_usage(const HttpRequest& request, const AdminServer::Reply& reply);
  void answer_metrics(const HttpRequest& request, const AdminServer::Reply& reply) const;
  void watch_venues();
  void wait_for_signal();
  void on_signal(int signal);
  void watch_files();
  void look_at_the_rest();
  void read_again();
  void note_certificate(const absl::Status& reloaded);
  void warn_of_certificate() const;
  void begin_drain();
  void close_clients();
  void end_when_drained();
  void end();
  ServiceNotify::Health health() const;
  AdminAnswer livez() const;
  AdminAnswer readyz();
  AdminAnswer feeds_json() const;
  AdminAnswer cluster_json() const;
  std::optional<EdgeReport> edge_report() const;  // nullopt: it is none
  ReadyState ready();                             // any thread, once the feeds are made

  Config config_;  // in force
  Reload reload_;
  boost::asio::io_context io_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer drain_timer_, files_timer_;
  unsigned looks_ = 0;  // at files
  schemas::InstrumentRegistry registry_;
  std::unique_ptr<TlsContextHolder> tls_;
  Credentials credentials_{io_};  // outlives the shards, which ask its guard
  std::atomic<std::uint32_t> open_connections_{0};
  ClientDescriptors descriptors_{0};  // until they are shared out
  MemoryBudget memory_;
  Readiness readiness_;
  AddressTable addresses_;
  AcceptPace pace_;
  AddressWatch address_watch_{io_, addresses_};
  std::shared_ptr<Visitors> visitors_;  // of the public port
  std::shared_ptr<SubjectCounts> subjects_ = std::make_shared<SubjectCounts>();
  std::unique_ptr<MemoryWatch> memory_watch_;
  std::unique_ptr<Ledger> ledger_;  // null: there is none. Ends behind the shards
  std::string epoch_;               // of this process
  FullBooks books_;
  BooksOfEdge books_of_edge_{cluster_};
  VenueBoard venues_;
  feeds::Demand demand_;
  feeds::BarDemand bar_demand_;
  std::vector<std::unique_ptr<HttpApi>> apis_;  // a shard's each, and outlive them
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<DelayLanes> delay_;  // null: nobody is delayed; the feeds push into it
  std::unique_ptr<Cluster> cluster_;   // null: neither edge nor ingest. Likewise
  std::unique_ptr<feeds::FeedThreads> feeds_;
  AdminServer admin_;
  AdminAccess admin_access_{admin_};
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Explainer> explainer_;
  ServiceNotify notify_{io_, [this] { return health(); }};
  Monotonic started_{};
  Monotonic drain_deadline_{};
  Monotonic drain_check_{};                    // when the next look at the drain is due
  std::atomic<Phase> phase_{Phase::kServing};  // written by the main thread
  bool serving_ = false;                       // start() succeeded
};

}  // namespace tickgate::gateway
