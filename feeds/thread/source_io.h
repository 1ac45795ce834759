// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "feeds/feed/connection.h"
#include "feeds/thread/feed_settings.h"

namespace tickgate::feeds {

// Lets a source stand where a venue's adapter stands: its "connection" opens at once and holds.
class SourceAdapter final : public VenueAdapter {
 public:
  explicit SourceAdapter(std::unique_ptr<TickSource> source) : source_(std::move(source)) {}

  TickSource& source() { return *source_; }
  std::string url() const override { return {}; }
  const VenueFacts& facts() const override {
    static constexpr VenueFacts kFacts = {.name = "source", .made_up = true};
    static constexpr VenueFacts kBeating = {
        .name = "source", .made_up = true, .heartbeat = std::chrono::seconds(1)};
    return source_->beats() ? kBeating : kFacts;
  }
  void on_open(schemas::Timestamp now) override { source_->start(now); }
  void on_text(std::string_view, schemas::Timestamp) override {}
  void on_http(std::string_view, int, std::string_view, schemas::Timestamp) override {}
  void on_close() override {}
  void resync(schemas::InstrumentId) override {}
  bool ask_candles(const CandleRequest& request) override { return source_->ask_candles(request); }
  const OrderBook* book(schemas::InstrumentId) const override { return nullptr; }

 private:
  std::unique_ptr<TickSource> source_;
};

// Drives a source: a connection's io without bytes. No clock inside.
class SourceIo final : public FeedIo {
 public:
  // Before the first advance(); both outlive the last.
  void attach(Connection& connection, TickSource& source) {
    connection_ = &connection;
    source_ = &source;
  }

  void advance(Moment now) {
    if (std::exchange(opening_, false)) {
      open_ = true;
      connection_->on_connected(now);
    }
    if (!open_ || !source_->speaks(now.wall)) return;
    connection_->during(now, [&] { source_->advance(now.wall); });
  }

  void connect(const std::string&) override { opening_ = true; }
  void send(std::string) override {}
  void close() override { opening_ = open_ = false; }
  void fetch(const std::string&) override {}

 private:
  Connection* connection_ = nullptr;
  TickSource* source_ = nullptr;
  bool opening_ = false;
  bool open_ = false;
};

}  // namespace tickgate::feeds
