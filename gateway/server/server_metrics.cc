// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "gateway/api/gzip_writer.h"
#include "gateway/http/http_preferences.h"
#include "gateway/server/ledger_of_server.h"
#include "gateway/server/server.h"

// What /metrics is made of.
namespace tickgate::gateway {

MetricSources Server::metric_sources() {
  MetricSources sources;
  for (const auto& shard : shards_) sources.shards.push_back(shard.get());
  sources.with_feeds = [this](const MetricSources::Collect& collect) {
    feeds_->with_all([&](std::span<const feeds::FeedView> views) {
      std::vector<MetricSources::FeedSource> all;
      for (const auto& [feed, fan, bars] : views) {
        all.push_back({feed->options().name, feed, fan, bars});
      }
      collect(all);
    });
  };
  sources.server = [this](MetricFamilies& families) { collect_metrics(families); };
  sources.memory = &memory_;
  sources.book_copies = &books_.copies();
  return sources;
}

// What only the server knows of itself: a line for each. Main thread.
void Server::collect_metrics(MetricFamilies& families) {
  const auto seconds = [](auto time) { return std::chrono::duration<double>(time).count(); };
  families.gauge("ready", "1 while /readyz says that clients are welcome, else 0",
                 ready().ready ? 1 : 0);
  reload_.collect(families);
  credentials_.collect(families);
  if (ledger_ != nullptr) collect_ledger(families, ledger_->counters());
  families.gauge("connections_limit", "streams that may be open at once, over all shards",
                 config_.limits.connections);
  families.gauge("address_connections",
                 "connections of the address that has most, those at the door among them",
                 addresses_.heaviest().connections);
  families.counter("admin_unauthenticated_total",
                   "requests of the admin port that showed neither its token nor a certificate",
                   static_cast<double>(admin_.refused()));
  if (tls_ != nullptr) {
    families.gauge("tls_certificate_end_timestamp_seconds",
                   "when the public port's certificate ends",
                   seconds(tls_->current()->expires().time_since_epoch()));
  }
  families.gauge("feed_thread_beat_age_seconds",
                 "since the feeds' thread last went through its work; beyond 1 it stands still",
                 seconds(feeds_still(monotonic_now())));
  if (delay_ != nullptr) delay_->collect(families);
  if (cluster_ != nullptr) cluster_->collect(families);
  for (std::size_t i = 0; i < feeds_->threads(); ++i) {
    families.histogram<feeds::StageHistogram>(
        "feed_thread_lag_seconds", "how late a feeds' thread's periodic work came",
        {&feeds_->thread(i).beat().lags()}, {{"thread", std::to_string(i)}});
  }
}

void Server::answer_metrics(const HttpRequest& request, const AdminServer::Reply& reply) const {
  const auto form =
      wants_openmetrics(request.accept) ? Exposition::kOpenMetrics : Exposition::kText;
  AdminAnswer answer{
      200, content_type(form), metrics_->text(form), {{"Vary", "Accept, Accept-Encoding"}}};
  if (wants_gzip(request.accept_encoding)) {
    answer.body = gzipped(answer.body);
    answer.headers.push_back({"Content-Encoding", "gzip"});
  }
  reply(std::move(answer));
}

}  // namespace tickgate::gateway
