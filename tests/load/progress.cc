// SPDX-License-Identifier: Apache-2.0
#include "tests/load/progress.h"

#include <unistd.h>

#include <array>
#include <cstdio>

namespace tickgate::load {

Progress::Progress(const Context& context, const Pool& pool)
    : context_(context),
      pool_(pool),
      terminal_(::isatty(STDERR_FILENO) == 1),
      started_at_(monotonic_now()),
      last_at_(started_at_) {}

Progress::~Progress() {
  if (terminal_ && written_) std::fputc('\n', stderr);
}

void Progress::step(std::string_view stage) {
  constexpr std::int64_t kSecond = 1'000'000;
  if (context_.now - last_at_ < kSecond) return;
  const auto seconds = static_cast<double>(context_.now - last_at_) / 1e6;
  const auto text = line(stage, seconds);
  // Back to the line's beginning, and what was there is erased.
  std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", text.c_str());
  std::fflush(stderr);
  written_ = true;
  last_at_ = context_.now;
  counts_ = context_.counts;
  latency_ = context_.latency;
}

std::string Progress::line(std::string_view stage, double seconds) {
  const auto counts = context_.counts - counts_;
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(),
                "%4.0f s  %-10.*s %6u open  %7.0f updates/s  %6.0f frames/s  %6.1f MB/s",
                static_cast<double>(context_.now - started_at_) / 1e6,
                static_cast<int>(stage.size()), stage.data(), pool_.open_connections(),
                static_cast<double>(counts.updates) / seconds,
                static_cast<double>(counts.frames) / seconds,
                static_cast<double>(counts.bytes) / seconds / 1e6);
  std::string out(text.data());
  if (pool_.unsettled() > 0)
    out.append("  ").append(std::to_string(pool_.unsettled())) += " to open";
  const auto latency = context_.latency.since(latency_);
  if (latency.count() > 0) {
    std::snprintf(text.data(), text.size(), "  p99 %.1f ms",
                  static_cast<double>(latency.percentile(0.99)) / 1e3);
    out.append(text.data());
  }
  if (context_.options.pid == 0) return out;
  const auto server = sample_process(context_.options.pid);
  if (server && server_) {
    std::snprintf(text.data(), text.size(), "  server %.0f %% %.1f MiB",
                  (server->cpu() - server_->cpu()) / seconds * 100,
                  static_cast<double>(server->resident) / (1024 * 1024));
    out.append(text.data());
  }
  server_ = server;
  return out;
}

}  // namespace tickgate::load
