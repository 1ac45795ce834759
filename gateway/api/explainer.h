// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/feed/explanation.h"
#include "gateway/api/admin_server.h"
#include "gateway/api/cluster_report.h"
#include "gateway/api/gathering.h"
#include "gateway/shard/shard.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {

// What operators ask that several threads know together: /v1/explain of one instrument,
// /v1/clients. Each thread is asked for a small piece of work, a few questions are answered at a
// time, and a thread that stands still makes nobody wait: the answer says that its part is missing.
// On the thread that runs `io`.
class Explainer {
 public:
  // A thread of feeds. `ask` may be called from any thread, and calls back on its own, once:
  // nullopt of an instrument that none of its feeds has.
  struct FeedsThread {
    std::string name;
    std::function<void(schemas::InstrumentId,
                       std::function<void(std::optional<feeds::Explanation>)>)>
        ask;
  };

  static constexpr std::size_t kMostAtOnce = 4;  // questions
  static constexpr std::chrono::milliseconds kTime{2'000};
  static constexpr std::size_t kDefaultClients = 100, kMostClients = 1'000;

  // All outlive it. `edge`: how that stands, of a gateway that is one; null: of none.
  Explainer(boost::asio::io_context& io, const schemas::InstrumentRegistry& registry,
            std::vector<Shard*> shards, std::vector<FeedsThread> feeds,
            std::function<std::optional<EdgeReport>()> edge = {});

  void explain(const HttpRequest& request, AdminServer::Reply reply);
  void list_clients(const HttpRequest& request, AdminServer::Reply reply);
  // The process ends: nobody is answered any more.
  void stop();

 private:
  // What one of them said: a shard, or a thread of feeds.
  struct Part {
    InstrumentReport report;
    std::optional<feeds::Explanation> told;
  };
  using Parts = Gathering<Part>::Answers;
  enum class Form : std::uint8_t { kJson, kText };

  template <typename Answer>
  std::shared_ptr<Gathering<Answer>> begin(std::size_t asked,
                                           typename Gathering<Answer>::Done done);
  std::optional<AdminServer::Reply> enter(AdminServer::Reply reply);
  void ask_shards(const std::string& symbol, const std::shared_ptr<Gathering<Part>>& gathering);
  void ask_feeds(schemas::InstrumentId id, const std::shared_ptr<Gathering<Part>>& gathering);
  AdminAnswer answer(const schemas::Instrument& instrument, Parts parts, Form form) const;
  bool is_removed(const Parts& parts) const;
  AdminAnswer unknown(const std::string& symbol, const Parts& parts, Form form) const;

  boost::asio::io_context& io_;
  const schemas::InstrumentRegistry& registry_;
  std::vector<Shard*> shards_;
  std::vector<FeedsThread> feeds_;
  std::function<std::optional<EdgeReport>()> edge_;
  std::vector<Debt> debts_;  // of shards, then of threads of feeds
  std::size_t running_ = 0;  // questions
  std::vector<std::weak_ptr<Cancellable>> gatherings_;
};

}  // namespace tickgate::gateway
