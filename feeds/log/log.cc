// SPDX-License-Identifier: Apache-2.0
#include "feeds/log/log.h"

#include <array>
#include <vector>

namespace tickgate::feeds::log {
namespace {

// Installed once, before other threads start; atomic so that a test may change them at any time.
std::atomic<Sink> current_sink{nullptr};
std::atomic<Level> least_level{Level::kInfo};

}  // namespace

std::string_view name(Level level) {
  static constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning", "error"};
  return kNames.at(static_cast<std::size_t>(level));
}

void install(Sink sink, Level least) {
  least_level.store(least, std::memory_order_relaxed);
  current_sink.store(sink, std::memory_order_release);  // pairs with write()'s acquire
}

bool enabled(Level level) {
  return current_sink.load(std::memory_order_relaxed) != nullptr &&
         level >= least_level.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view component, std::string_view message,
           std::span<const Field> fields) {
  const Sink sink = current_sink.load(std::memory_order_acquire);  // pairs with install()
  if (sink == nullptr || level < least_level.load(std::memory_order_relaxed)) return;
  sink(level, component, message, fields);
}

std::optional<std::uint64_t> Limiter::admit(Clock::time_point now) {
  const auto at = now.time_since_epoch().count();
  // relaxed throughout: the limiter guards no data but its own two numbers
  auto next = next_.load(std::memory_order_relaxed);
  const auto after = (now + std::chrono::seconds(1)).time_since_epoch().count();
  if (at < next || !next_.compare_exchange_strong(next, after, std::memory_order_relaxed)) {
    suppressed_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  return suppressed_.exchange(0, std::memory_order_relaxed);
}

void Limiter::write(Level level, std::string_view component, std::string_view message,
                    std::span<const Field> fields) {
  if (!enabled(level)) return;
  const auto suppressed = admit();
  if (!suppressed) return;
  if (*suppressed == 0) return log::write(level, component, message, fields);
  std::vector<Field> all(fields.begin(), fields.end());
  all.emplace_back("suppressed", *suppressed);
  log::write(level, component, message, all);
}

std::string redact_url(std::string_view url) {
  std::string out;
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
    out.append(url.substr(0, scheme + 3));
    url.remove_prefix(scheme + 3);
  }
  const auto authority = url.substr(0, url.find_first_of("/?#"));
  if (const auto user = authority.rfind('@'); user != std::string_view::npos) {
    out.append("***@");
    url.remove_prefix(user + 1);
  }
  const auto query = url.find_first_of("?#");
  out.append(url.substr(0, query));
  if (query != std::string_view::npos) out.append(1, url[query]).append("***");
  return out;
}

}  // namespace tickgate::feeds::log
