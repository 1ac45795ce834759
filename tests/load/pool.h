// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tests/load/client.h"

namespace tickgate::load {

// All connections, and the loop they live in. One thread.
class Pool final : public ClientEvents {
 public:
  // How far the connections of one kind are.
  struct Group {
    std::vector<std::unique_ptr<Client>> clients;
    std::uint32_t asked = 0;
    std::uint32_t ready = 0;      // ever
    std::uint32_t served = 0;     // ever
    std::uint32_t caught_up = 0;  // ever
    std::uint32_t refused = 0;    // before they were ready
    std::uint32_t closed = 0;     // after

    bool is_settled() const { return ready + refused == asked; }
    std::uint32_t open() const { return ready - closed; }
  };

  explicit Pool(Context& context);
  ~Pool() override;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Connects `count` more, at most options.connecting of all kinds at a time.
  void open(Client::Kind kind, std::uint32_t count);
  // Connects this one anew, at options.then and now.
  void open_again(std::uint32_t number);
  // Is told of the steady ones and their next connections: where they go when they leave.
  void follow(ClientEvents& follower) { follower_ = &follower; }
  // Waits for events, at most `most` milliseconds, and sees to them.
  void turn(int most);

  const Group& group(Client::Kind kind) const { return groups_[static_cast<std::size_t>(kind)]; }
  std::uint32_t open_connections() const;
  // When something last came to be ready, served or refused.
  std::int64_t last_progress() const { return last_progress_; }
  // Connections that wait to be opened or are being opened.
  std::uint32_t unsettled() const;
  // Of the loop, from event to event; a server's silence is no longer than this is our own.
  std::int64_t longest_turn() const { return longest_turn_; }
  void forget_longest_turn() { longest_turn_ = 0; }

  void on_ready(Client& client) override;
  void on_served(Client& client) override;
  void on_caught_up(Client& client) override;
  void on_closed(Client& client, std::string_view why, bool refused) override;
  void on_drain(Client& client, std::uint64_t reconnect_after_ms) override;

 private:
  static constexpr std::size_t kKinds = 7;

  bool is_followed(const Client& client) const {
    return follower_ != nullptr &&
           (client.kind() == Client::Kind::kSteady || client.kind() == Client::Kind::kMoved);
  }
  Group& group_of(const Client& client) { return groups_[static_cast<std::size_t>(client.kind())]; }
  void start_connections();

  Context& context_;
  ClientEvents* follower_ = nullptr;
  std::array<Group, kKinds> groups_;
  std::vector<Client::Kind> order_;  // in which kinds were asked for
  std::uint32_t next_number_ = 0;
  std::uint32_t connecting_ = 0;
  std::int64_t last_progress_ = 0;
  std::int64_t longest_turn_ = 0;
};

}  // namespace tickgate::load
