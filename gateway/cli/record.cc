// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/record.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "feeds/capture/capture_writer.h"
#include "feeds/thread/feed_thread.h"
#include "feeds/venues/all.h"
#include "gateway/log/log.h"
#include "gateway/server/feed_settings.h"

namespace tickgate::gateway {
namespace {

// What was flushed survives a crash; each flush costs compression.
constexpr std::chrono::seconds kFlushEvery{1};

// Writes on the feed thread, which has nothing else to do here. After a failure it writes nothing.
class Recorder final : public feeds::FeedTap {
 public:
  explicit Recorder(feeds::CaptureWriter writer) : writer_(std::move(writer)) {}

  void on_record(const feeds::CaptureRecord& record) override { keep(writer_.append(record)); }
  void flush() { keep(writer_.flush()); }
  void close() { keep(writer_.close()); }

  const absl::Status& status() const { return status_; }
  std::uint64_t records() const { return writer_.records(); }

 private:
  void keep(absl::Status status) {
    if (status_.ok() && !status.ok()) {
      status_ = std::move(status);
      kill(getpid(), SIGTERM);  // to the process, whose main thread waits for it
    }
  }

  feeds::CaptureWriter writer_;
  absl::Status status_;
};

using Clock = std::chrono::steady_clock;

int complain(const std::string& message, int code) {
  std::fprintf(stderr, "tickgate: %s\n", message.c_str());
  return code;
}

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

// Calls `each_second` until a signal comes or the duration is over.
template <class Work>
void wait_for_the_end(const sigset_t& signals, std::optional<Milliseconds> duration,
                      Work&& each_second) {
  const auto end = duration ? Clock::now() + *duration : Clock::time_point::max();
  while (Clock::now() < end) {
    const auto wait = std::min<Clock::duration>(kFlushEvery, end - Clock::now());
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(wait);
    const timespec time{static_cast<std::time_t>(whole.count()),
                        static_cast<long>(std::chrono::nanoseconds(wait - whole).count())};
    if (sigtimedwait(&signals, nullptr, &time) > 0) return;
    each_second();
  }
}

// Everything between the log's start and its end.
int record(std::vector<feeds::FeedSettings> settings, const std::string& out,
           std::optional<Milliseconds> duration, const sigset_t& signals) {
  auto writer = feeds::CaptureWriter::create(out);
  if (!writer.ok()) return complain(std::string(writer.status().message()), 2);
  Recorder recorder(*std::move(writer));
  schemas::InstrumentRegistry registry;
  feeds::FeedThread thread(std::move(settings), registry, {}, &recorder);
  if (const auto started = thread.start(); !started.ok()) {
    return complain(std::string(started.message()), 2);
  }
  wait_for_the_end(signals, duration, [&] { thread.post([&] { recorder.flush(); }); });
  thread.stop();
  thread.join();
  recorder.close();
  if (!recorder.status().ok()) return complain(std::string(recorder.status().message()), 1);
  std::fprintf(stderr, "%llu records in %s\n", static_cast<unsigned long long>(recorder.records()),
               out.c_str());
  return 0;
}

}  // namespace

int run_record(const Config& config, const std::string& out, std::optional<Milliseconds> duration) {
  if (config.edge) {
    return complain("feeds: nothing to record of venue nats: its ingests have the venues' bytes",
                    2);
  }
  std::vector<feeds::FeedSettings> settings;
  for (const FeedConfig& feed : config.feeds) {
    if (feed.venue->facts.made_up || !feed.capture.empty()) {
      return complain(feed.name + ": nothing to record, its bytes are not a venue's", 2);
    }
    settings.push_back(feed_settings(feed));
  }
  // Before any thread is made, the log's too: all inherit it, and only the wait takes a signal.
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  log::start(config.log);
  const int exit_code = record(std::move(settings), out, duration, signals);
  log::stop();
  return exit_code;
}

}  // namespace tickgate::gateway
