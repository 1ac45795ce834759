// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <utility>

#include "gateway/config/descriptor_plan.h"
#include "gateway/log/log.h"
#include "gateway/server/check_files.h"
#include "gateway/server/feed_changes.h"
#include "gateway/server/server.h"
#include "schemas/text.h"

// How a running gateway takes in another configuration, or another certificate.
namespace tickgate::gateway {
namespace {

// Between looks at the files that were read at start; they are read anew at the second that sees
// them changed.
// Of keys: whoever is revoked is out within about a second. Of the rest each fourth time, so that
// whoever writes a configuration by hand has two seconds between two strokes.
constexpr std::chrono::milliseconds kFilesLook{500};
constexpr unsigned kLooksOfTheRest = 4;

// Of what is read only now: that a file which nobody touched has gone bad stops no other change.
FileFindings check_new_files(const Config& running, const Config& next) {
  Config fresh;
  if (next.server.tls != running.server.tls) fresh.server.tls = next.server.tls;
  if (next.server.admin_tls != running.server.admin_tls) {
    fresh.server.admin_tls = next.server.admin_tls;
  }
  fresh.feeds = feeds_to_add(running, next);
  return check_files(fresh);
}

}  // namespace

void Server::read_again() {
  if (phase_ != Phase::kServing) {
    log::info("gateway", "draining: nothing is read again");
    return;
  }
  notify_.reloading();
  if (tls_ != nullptr) note_certificate(tls_->reload());
  admin_access_.reload();
  credentials_.read_again();
  reload_.run();
  notify_.serving_again();
}

void Server::watch_files() {
  files_timer_.expires_after(kFilesLook);
  files_timer_.async_wait([this](boost::system::error_code error) {
    if (error || phase_ != Phase::kServing) return;
    credentials_.look();
    if (++looks_ % kLooksOfTheRest == 0) look_at_the_rest();
    watch_files();
  });
}

void Server::look_at_the_rest() {
  if (tls_ != nullptr) {
    if (const auto reloaded = tls_->poll()) note_certificate(*reloaded);
  }
  admin_access_.look();
  reload_.look();
}

void Server::note_certificate(const absl::Status& reloaded) {
  if (reloaded.ok()) {
    log::info("gateway", "certificate reloaded");
    return warn_of_certificate();
  }
  log::error("gateway", "certificate not reloaded, the old one stays",
             {{"error", schemas::to_std(reloaded.message())}});
}

void Server::warn_of_certificate() const {
  for (const auto& warning : tls_->current()->warnings()) {
    log::warning("gateway", "certificate", {{"warning", warning}});
  }
}

// In an order in which what can fail comes before what changes anything.
std::vector<std::string> Server::apply(const Config& running, const Config& next) {
  auto found = check_new_files(running, next);
  if (!found.errors.empty()) return std::move(found.errors);
  if (plan_descriptors(next, descriptor_limit()).clients == 0) {
    return {"feeds: expected fewer connections, no open file would be left for clients"};
  }
  auto late = without_lane(next, delay_ == nullptr ? 0 : delay_->longest());
  if (!late.empty()) return late;
  if (const auto used = admin_access_.use(running.server, next.server); !used.ok()) {
    return {std::string(used.message())};
  }
  if (auto taken = credentials_.take(next); !taken.ok()) return {std::string(taken.message())};
  if (next.server.tls != running.server.tls) {
    const auto& files = *next.server.tls;
    const auto used = tls_->use({files.certificate, files.key, files.client_ca});
    if (!used.ok()) return {std::string(used.message())};
    warn_of_certificate();
  }
  log::change(next.log);
  config_ = next;
  readiness_.set(config_.server);
  admin_.call_by(config_.server.admin_hosts);
  take_limits();
  feeds_->apply(feed_changes(running, next));
  return {};
}

void Server::take_limits() {
  share_descriptors().IgnoreError();  // apply() has asked whether it would do
  memory_.set_bytes(memory_budget(config_.limits.memory, granted_memory()));
  visitors_->set_limits(visitor_limits(config_.limits));
  addresses_.set_limits(address_limits(config_.limits));
  pace_.set_rate(config_.limits.handshakes_per_second);
  ClientRules rules_now{config_.limits, config_.server.origins, proxy_rules(config_.server)};
  if (config_.auth.has_value()) rules_now.auth_time = config_.auth->time;
  const auto rules = std::make_shared<const ClientRules>(std::move(rules_now));
  for (const auto& shard : shards_) shard->take(rules);
}

}  // namespace tickgate::gateway
