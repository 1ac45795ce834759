// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "feeds/capture/capture_reader.h"
#include "feeds/feed/connection.h"
#include "feeds/feed/feed_io.h"
#include "feeds/thread/capture_adapter.h"
#include "feeds/thread/feed_settings.h"

namespace tickgate::feeds {

// A feed's bytes out of a capture, at the capture's own pace times `speed`. What the feed sends and
// fetches goes nowhere: the answers stand in the file. The only connection of the file that was
// opened anew in it, and the file's end when it loops, are lost connections to the feed; one of
// several is the adapter's affair. No clock inside.
class CapturePlayer final : public FeedIo {
 public:
  // Plays the records of `venue` only.
  CapturePlayer(CaptureSettings settings, std::string venue);

  // Before the first advance(). Both outlive the player's last call; `adapter` is the connection's.
  void attach(Connection& connection, CaptureAdapter& adapter) {
    connection_ = &connection;
    adapter_ = &adapter;
  }

  // Plays what is due by now. How long until there is more to do; at most 50 ms.
  Monotonic advance(Moment now);

  // What the time is in the capture, as it is played: never past the next record, and running on
  // behind the last. nullopt before the first.
  std::optional<schemas::Timestamp> time(Moment now) const;

  void connect(const std::string& url) override;
  void send(std::string) override {}
  void close() override;
  void fetch(const std::string&) override {}

 private:
  // How far the requests of the feed, and the file, have come.
  enum class Play : std::uint8_t { kStopped, kOpening, kPlaying, kEnded };

  bool open(Moment now);
  bool load_next(Moment now);
  void deliver(Moment now);
  void fail(std::string_view why, Moment now);

  CaptureSettings settings_;
  std::string venue_;
  Connection* connection_ = nullptr;
  CaptureAdapter* adapter_ = nullptr;
  Play play_ = Play::kStopped;
  std::optional<CaptureReader> reader_;
  CaptureRecord record_;  // the next to be played, while has_record_
  bool has_record_ = false;
  std::int64_t first_ns_ = 0;  // of the first record played since start_
  std::int64_t last_ns_ = 0;   // of the record before
  std::optional<Monotonic> start_;
  absl::flat_hash_set<std::uint32_t> open_conns_;
};

}  // namespace tickgate::feeds
