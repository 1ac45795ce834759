// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/load/context.h"
#include "tests/load/frame_splitter.h"

namespace tickgate::load {

class Client;

// What becomes of connections; called on the loop's thread.
class ClientEvents {
 public:
  virtual ~ClientEvents() = default;
  // It is as far as its kind goes: subscribed, or silent.
  virtual void on_ready(Client& client) = 0;
  // It was acknowledged and has a value of each accepted symbol that is known to have one.
  virtual void on_served(Client& client) = 0;
  // After a pause it has, of every symbol, at least what was the newest when it read again.
  virtual void on_caught_up(Client& client) = 0;
  // `why` says by whom and how. Refused: before it was ready.
  virtual void on_closed(Client& client, std::string_view why, bool refused) = 0;
  // The server will close it after so many milliseconds.
  virtual void on_drain(Client& client, std::uint64_t reconnect_after_ms) = 0;
};

// One connection: connects, upgrades, subscribes, then counts what comes.
class Client {
 public:
  enum class Kind : std::uint8_t {
    kSteady,       // reads all the time
    kSlow,         // is told to pause and to resume
    kStorm,        // as steady ones, but outside their latencies and silences
    kSilent,       // connects, nothing more
    kHalfRequest,  // sends half of the HTTP request
    kVanishing,    // goes silent after its subscription
    kMoved,        // a steady one's next connection
  };

  // `number` chooses its symbols and its source address.
  Client(Context& context, ClientEvents& events, Kind kind, std::uint32_t number)
      : context_(context),
        events_(events),
        destination_(kind == Kind::kMoved ? *context.then : context.destination),
        number_(number),
        kind_(kind) {}

  void connect();
  // `events` are epoll's.
  void on_event(std::uint32_t events);

  void pause();
  void resume();
  // Unsubscribes one of its symbols, or subscribes again to it. False: not now.
  bool churn();

  Kind kind() const { return kind_; }
  std::uint32_t number() const { return number_; }
  std::int64_t began() const { return began_; }  // to connect
  // Of the server's Close; 0: none came.
  std::uint32_t close_code() const { return close_code_; }
  bool is_open() const { return state_ == State::kStreaming || state_ == State::kSilent; }
  bool is_closed() const { return state_ == State::kClosed; }
  bool is_steady() const { return kind_ == Kind::kSteady && state_ == State::kStreaming; }
  bool is_served() const { return served_; }
  bool awaits_answer() const { return churn_id_ != 0; }
  // The latest message, or the beginning of the measuring.
  std::int64_t last_message() const { return std::max(last_message_, context_.measured_from); }
  // Since it read again, until it had caught up.
  std::uint64_t drained_bytes() const { return drained_bytes_; }
  std::uint64_t drained_updates() const { return drained_updates_; }
  std::int64_t catch_up_time() const { return caught_up_at_ - resumed_at_; }
  bool has_caught_up() const { return caught_up_at_ != 0; }

  // Symbols that have had a value somewhere since before `before`, and should have come here.
  std::size_t missing_values(std::int64_t before) const;

 private:
  enum class State : std::uint8_t {
    kConnecting,
    kSecuring,
    kUpgrading,
    kSubscribing,
    kStreaming,
    kSilent,  // reads nothing, on purpose
    kClosed,
  };

  static constexpr std::uint32_t kNever = ~0U;

  static std::string_view stage_of(State state);
  void on_connected();
  void on_secured();
  void on_silent_event(std::uint32_t events);
  void go_silent();
  void be_ready();
  void send(std::string_view bytes);
  void flush();
  SubscriptionTexts subscription() const;
  void watch(std::uint32_t events);
  void close(std::string_view why);

  void read(bool ended);
  // Bytes of `bytes` that were whole.
  std::size_t take(std::string_view bytes);
  std::size_t take_upgrade_answer(std::string_view bytes);
  void on_frame(const ServerFrame& frame);
  void on_message(std::string_view message);
  void on_update(const Update& update);
  void on_first_value();
  void on_object(std::string_view object);
  void on_subscribed(const Reply& reply);
  void on_churn_answer(const Reply& reply);
  void await_values_of(std::string_view accepted);
  void await_value(SymbolNumber symbol);

  Context& context_;
  ClientEvents& events_;
  const Destination& destination_;
  Wire wire_;
  std::string unsent_;
  std::string carried_;  // the beginning of a frame
  SymbolStates states_;

  std::int64_t began_ = 0;
  std::int64_t last_message_ = 0;
  std::int64_t read_at_ = 0;  // on the wall clock, what is being taken
  std::int64_t resumed_at_ = 0;
  std::int64_t caught_up_at_ = 0;
  std::uint64_t drained_bytes_ = 0;
  std::uint64_t drained_updates_ = 0;
  std::uint32_t behind_ = 0;  // symbols
  // By symbol, the newest update that anyone had when it read again; the server's clock.
  std::vector<std::int64_t> targets_;

  std::int64_t churned_at_ = 0;
  std::uint32_t churn_id_ = 0;  // of the request that is not answered yet
  std::uint32_t next_id_ = 1;
  std::string churned_;  // the symbol that it has unsubscribed

  std::uint32_t number_;
  std::uint32_t watched_ = kNever;    // by epoll
  std::uint32_t unacknowledged_ = 0;  // requests of the first subscription
  std::uint32_t awaited_ = 0;         // values
  std::uint32_t close_code_ = 0;
  Kind kind_;
  State state_ = State::kConnecting;
  bool served_ = false;
};

}  // namespace tickgate::load
