// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

// Log lines for feeds/ and everything above it. Where they go is decided once, at start, by whoever
// installs the sink (gateway/log/log.cc); until then they go nowhere. Any thread may log; a line
// never blocks. Not for the tick path: counters are.
//
//   log::info("feeds.kraken", "subscribed", {{"symbols", 24}, {"channel", "book"}});
namespace tickgate::feeds::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarning, kError };

std::string_view name(Level level);  // "debug", "info", "warning", "error"

// A key of snake_case and its value. Texts are views: they live until the call returns.
struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, std::uint64_t, bool> value;

  Field(std::string_view k, std::string_view text) : key(k), value(text) {}
  Field(std::string_view k, const char* text) : key(k), value(std::string_view(text)) {}
  Field(std::string_view k, const std::string& text) : key(k), value(std::string_view(text)) {}
  Field(std::string_view k, bool flag) : key(k), value(flag) {}
  template <std::signed_integral Number>
  Field(std::string_view k, Number number) : key(k), value(std::int64_t{number}) {}
  template <std::unsigned_integral Number>
  requires(!std::same_as<Number, bool>) Field(std::string_view k, Number number)
      : key(k), value(std::uint64_t{number}) {}
};

// Called on the logging thread's own stack; must copy what it keeps, must not block or throw.
using Sink = void (*)(Level level, std::string_view component, std::string_view message,
                      std::span<const Field> fields);

// Lines below `least` are dropped before the sink. A null sink drops all.
void install(Sink sink, Level least);
bool enabled(Level level);

// `component` is the folder and the part: "feeds.kraken", "gateway.shard". `message` is a constant
// text; what varies goes into the fields, secrets into neither.
void write(Level level, std::string_view component, std::string_view message,
           std::span<const Field> fields);

inline void debug(std::string_view component, std::string_view message,
                  std::initializer_list<Field> fields = {}) {
  write(Level::kDebug, component, message, {fields.begin(), fields.size()});
}
inline void info(std::string_view component, std::string_view message,
                 std::initializer_list<Field> fields = {}) {
  write(Level::kInfo, component, message, {fields.begin(), fields.size()});
}
inline void warning(std::string_view component, std::string_view message,
                    std::initializer_list<Field> fields = {}) {
  write(Level::kWarning, component, message, {fields.begin(), fields.size()});
}
inline void error(std::string_view component, std::string_view message,
                  std::initializer_list<Field> fields = {}) {
  write(Level::kError, component, message, {fields.begin(), fields.size()});
}

// For lines that a peer can provoke: at most one a second passes through one limiter, and the next
// says how many were held back, as the field "suppressed". Any thread.
class Limiter {
 public:
  using Clock = std::chrono::steady_clock;

  // Whether a line may be written at `now`: how many were held back since the last, or nullopt.
  std::optional<std::uint64_t> admit(Clock::time_point now = Clock::now());

  void info(std::string_view component, std::string_view message,
            std::initializer_list<Field> fields = {}) {
    write(Level::kInfo, component, message, {fields.begin(), fields.size()});
  }
  void warning(std::string_view component, std::string_view message,
               std::initializer_list<Field> fields = {}) {
    write(Level::kWarning, component, message, {fields.begin(), fields.size()});
  }
  void error(std::string_view component, std::string_view message,
             std::initializer_list<Field> fields = {}) {
    write(Level::kError, component, message, {fields.begin(), fields.size()});
  }

 private:
  void write(Level level, std::string_view component, std::string_view message,
             std::span<const Field> fields);

  std::atomic<Clock::rep> next_{Clock::time_point::min().time_since_epoch().count()};
  std::atomic<std::uint64_t> suppressed_{0};
};

// A URL fit for a log line or an error: without user, password, query and fragment, which is where
// keys travel. What was dropped shows as "***".
std::string redact_url(std::string_view url);

}  // namespace tickgate::feeds::log
