// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/protocol/error_code.h"
#include "schemas/ids.h"
#include "schemas/interval.h"

namespace tickgate::gateway {

struct Rejection {
  std::string symbol;
  ErrorCode code{};
  std::vector<std::string_view> near{};  // of an unknown one: what may have been meant
  std::uint32_t limit = 0;               // the client's own that was reached; 0: none
};

struct Acknowledgement {
  std::string_view id;
  schemas::Channel channel{};
  std::string_view accepted;  // symbols as JSON strings, comma separated
  std::vector<Rejection> rejected;
  std::optional<schemas::Interval> interval{};  // of bars
  std::uint8_t depth = 0;                       // of a book, where it is less than asked; else 0
  std::string_view plan{};                      // whose limit a rejection names; empty: none
};

// One entry of the answer to "list".
struct ListedSubscriptions {
  schemas::Channel channel{};
  std::uint32_t interval_ms = 0;
  std::uint8_t depth = 0;  // of a book; 0 elsewhere
  std::vector<std::string_view> symbols;
  bool stamps = false;
  std::optional<schemas::Interval> interval{};  // of bars
};
struct ListedPattern {
  schemas::Channel channel{};
  std::string_view pattern;
  std::optional<schemas::Interval> interval{};  // of bars
};

// The objects of schemas/protocol.md that are not ticks, as one client is to be sent them: joined
// by commas, in the order in which they were added. An `id` is JSON already.
class Replies {
 public:
  // An object that is made elsewhere.
  void add(std::string_view object) { next().append(object); }
  void add_subscribed(const Acknowledgement& ack, std::uint32_t interval_ms,
                      std::string_view epoch);
  void add_unsubscribed(const Acknowledgement& ack);
  void add_list(std::string_view id, std::span<const ListedSubscriptions> subscriptions,
                std::span<const ListedPattern> patterns);
  void add_error(std::string_view id, ErrorCode code, std::string_view message, bool fatal);
  void add_rate_limited(std::string_view id, std::int64_t retry_after_ms);
  // `expires`: nullopt: never.
  void add_authenticated(std::string_view id, std::string_view subject,
                         std::optional<schemas::Timestamp> expires);
  void add_auth_expiring(std::int64_t in_ms);
  void add_pong(std::string_view id, std::string_view echo);
  void add_heartbeat(schemas::Timestamp now);
  void add_degraded(std::uint32_t interval_ms);
  void add_restored();
  void add_drain(std::int64_t reconnect_after_ms);

  bool empty() const { return text_.empty(); }
  std::size_t size() const { return text_.size(); }
  const std::string& text() const { return text_; }
  // Nothing is held afterwards, not even memory: most clients have no reply waiting.
  void move_to(std::string& out);

 private:
  std::string& next();  // where the next object goes, behind its comma

  std::string text_;
};

}  // namespace tickgate::gateway
