// SPDX-License-Identifier: Apache-2.0
#include "gateway/log/log.h"

#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>
#include <mutex>
#include <shared_mutex>

namespace tickgate::gateway::log {
namespace {

constexpr std::size_t kQueuedLines = 8192;
// A pipe that polls writable takes this much without blocking (POSIX: PIPE_BUF).
constexpr std::size_t kChunk = 4096;
constexpr int kPatienceMilliseconds = 100;

std::atomic<std::uint64_t> dropped_lines{0};

// Writes lines to a descriptor, on spdlog's thread. When the descriptor takes nothing, one line is
// waited for and the ones after it are dropped until it takes something again: a pipe that nobody
// reads must not keep the process from ending.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit DescriptorSink(int fd) : fd_(fd) {}

 private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    text_.assign(broken_ ? "\n" : "");  // ends a line that was cut in the middle
    text_.append(line.payload.data(), line.payload.size()).push_back('\n');
    std::string_view rest = text_;
    while (!rest.empty()) {
      const auto written = write_some(rest.substr(0, kChunk));
      if (written == 0) break;
      rest.remove_prefix(written);
    }
    stuck_ = !rest.empty();
    if (rest.size() == text_.size()) {
      ++dropped_lines;  // not begun: what was broken before still is
    } else {
      broken_ = stuck_;
      if (stuck_) ++dropped_lines;
    }
  }
  void flush_() override {}

  std::size_t write_some(std::string_view text) const {
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, stuck_ ? 0 : kPatienceMilliseconds) <= 0) return 0;
    if ((ready.revents & POLLOUT) == 0) return 0;
    const auto written = ::write(fd_, text.data(), text.size());
    return written > 0 ? static_cast<std::size_t>(written) : 0;
  }

  const int fd_;
  bool stuck_ = false;   // the last line did not go out whole
  bool broken_ = false;  // it ended in the middle
  std::string text_;
};

struct Writer {
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  int fd = 2;
  bool json = true;
};

// Held shared for the moment of queueing a line, alone only by start(), change() and
// stop().
std::shared_mutex writer_mutex;
std::unique_ptr<Writer> writer;

bool wants_json(LogFormat format, int fd) {
  return format == LogFormat::kJson || (format == LogFormat::kAuto && ::isatty(fd) == 0);
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      break;
  }
  return spdlog::level::err;
}

void enqueue(Level level, std::string_view component, std::string_view message,
             std::span<const Field> fields) {
  thread_local std::string line;
  line.clear();
  const auto now = std::chrono::system_clock::now();
  const std::shared_lock lock(writer_mutex);
  if (writer == nullptr) return;
  if (writer->json) {
    append_json_line(line, now, level, component, message, fields);
  } else {
    append_text_line(line, now, level, component, message, fields);
  }
  writer->logger->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void start(const LogConfig& config, int fd) {
  stop();
  std::signal(SIGPIPE, SIG_IGN);
  auto fresh = std::make_unique<Writer>();
  fresh->fd = fd;
  fresh->json = wants_json(config.format, fd);
  fresh->pool = std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1);
  fresh->logger = std::make_shared<spdlog::async_logger>(
      "tickgate", std::make_shared<DescriptorSink>(fd), fresh->pool,
      spdlog::async_overflow_policy::overrun_oldest);
  fresh->logger->set_level(spdlog::level::trace);  // feeds::log has chosen already
  dropped_lines = 0;
  {
    const std::scoped_lock lock(writer_mutex);
    writer = std::move(fresh);
  }
  feeds::log::install(enqueue, config.level);
}

void change(const LogConfig& config) {
  {
    const std::scoped_lock lock(writer_mutex);
    if (writer == nullptr) return;
    writer->json = wants_json(config.format, writer->fd);
  }
  feeds::log::install(enqueue, config.level);
}

void stop() {
  feeds::log::install(nullptr, Level::kError);
  std::unique_ptr<Writer> last;
  {
    const std::scoped_lock lock(writer_mutex);
    last = std::move(writer);
  }
  if (last == nullptr) return;
  dropped_lines += last->pool->overrun_counter();
  last->pool.reset();  // waits for the queue to be written, whose lines hold the logger
  last->logger.reset();
}

std::uint64_t dropped() {
  const std::shared_lock lock(writer_mutex);
  return dropped_lines + (writer == nullptr ? 0 : writer->pool->overrun_counter());
}

}  // namespace tickgate::gateway::log
