// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "gateway/api/answer_body.h"
#include "gateway/api/entitled.h"
#include "gateway/api/instrument_pages.h"
#include "gateway/api/served_files.h"
#include "gateway/api/snapshot_fetches.h"
#include "gateway/shard/shard.h"

namespace tickgate::gateway {

// The full-depth book lives with its feed, on the feed's thread.
class FullBookSource {
 public:
  virtual ~FullBookSource() = default;
  // Any thread. Calls done(json) on a thread of its own choice, with the best `depth` levels a side
  // as an object of the protocol, or with an empty text while the book is not whole. `instrument`
  // must be one that a feed announced.
  virtual void read_book(const schemas::Instrument& instrument, std::size_t depth,
                         std::function<void(std::string)> done) = 0;
};

// Whether the gateway is ready, in words. Any thread.
struct ReadyState {
  bool ready = false;
  std::string why;
};

// What the public port answers beside the stream: /, /readyz, /v1/venues, /v1/instruments,
// /v1/snapshot, /v1/book. Where credentials are asked for, the latter four are for those who have
// one, and no more of each than it covers. All but whole books and venues comes from the fan-out it
// is given; whose credential has a delay gets neither of the two. One for each shard, on its
// thread: all but the book comes from the shard's own cache. Ends after the shard.
class HttpApi final : public PublicSite {
 public:
  static constexpr std::uint32_t kMaxBookDepth = Grant::kMostDepth;

  // `venues` is the body of /v1/venues; any thread.
  HttpApi(FullBookSource& books, std::function<ReadyState()> ready,
          std::function<std::string()> venues)
      : books_(books), ready_(std::move(ready)), venues_(std::move(venues)) {}

  // Of an edge, before the shard runs: what a snapshot asks for and nobody follows is wanted there
  // until it has come. It outlives this.
  void fetch_by(feeds::Demand& demand) { fetches_ = std::make_unique<SnapshotFetches>(demand); }

  void answer(const std::shared_ptr<HttpSession>& session, const HttpRequest& request,
              FanOut& fan_out, boost::asio::io_context& shard) override;
  void sweep(Monotonic now) override {
    if (fetches_ != nullptr) fetches_->look(now);
  }

 private:
  void answer_instruments(const std::shared_ptr<HttpSession>& session, const HttpRequest& request,
                          const FanOut& fan_out, const Entitled& who,
                          boost::asio::io_context& shard);
  void answer_snapshot(const std::shared_ptr<HttpSession>& session, const HttpRequest& request,
                       FanOut& fan_out, const Entitled& who);
  void answer_book(const std::shared_ptr<HttpSession>& session, const HttpRequest& request,
                   const FanOut& fan_out, const Entitled& who, boost::asio::io_context& shard);

  FullBookSource& books_;
  const ServedFiles& files_ = ServedFiles::instance();
  Entitlements entitlements_;
  std::map<std::uint32_t, InstrumentPages> instruments_;  // by delay, since somebody asked
  std::function<ReadyState()> ready_;
  std::function<std::string()> venues_;
  std::unique_ptr<SnapshotFetches> fetches_;  // null: everything is here
};

// Pure.
std::string instruments_response(const HttpRequest& request, const KeptPage& page);

}  // namespace tickgate::gateway
