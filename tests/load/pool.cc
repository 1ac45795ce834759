// SPDX-License-Identifier: Apache-2.0
#include "tests/load/pool.h"

#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "schemas/check.h"

namespace tickgate::load {
namespace {

std::int64_t microseconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

}  // namespace

std::int64_t monotonic_now() { return microseconds(CLOCK_MONOTONIC); }
std::int64_t wall_now() { return microseconds(CLOCK_REALTIME); }

Pool::Pool(Context& context) : context_(context) {
  context_.epoll = ::epoll_create1(EPOLL_CLOEXEC);
  TICKGATE_CHECK(context_.epoll >= 0);
  context_.now = last_progress_ = monotonic_now();
}

Pool::~Pool() {
  for (auto& group : groups_) group.clients.clear();
  ::close(context_.epoll);
}

void Pool::open(Client::Kind kind, std::uint32_t count) {
  if (count == 0) return;
  groups_[static_cast<std::size_t>(kind)].asked += count;
  order_.push_back(kind);
  last_progress_ = context_.now;
}

std::uint32_t Pool::open_connections() const {
  std::uint32_t open = 0;
  for (const auto& group : groups_) open += group.open();
  return open;
}

std::uint32_t Pool::unsettled() const {
  std::uint32_t unsettled = 0;
  for (const auto& group : groups_) unsettled += group.asked - group.ready - group.refused;
  return unsettled;
}

void Pool::start_connections() {
  constexpr int kMostPerTurn = 64;  // the others are to be read meanwhile
  int started = 0;
  for (const auto kind : order_) {
    auto& group = groups_[static_cast<std::size_t>(kind)];
    while (group.clients.size() < group.asked && started < kMostPerTurn &&
           connecting_ < context_.options.connecting) {
      ++started;
      ++connecting_;
      group.clients.push_back(std::make_unique<Client>(context_, *this, kind, next_number_++));
      group.clients.back()->connect();
    }
  }
}

void Pool::open_again(std::uint32_t number) {
  auto& group = groups_[static_cast<std::size_t>(Client::Kind::kMoved)];
  ++group.asked;
  ++connecting_;
  group.clients.push_back(std::make_unique<Client>(context_, *this, Client::Kind::kMoved, number));
  group.clients.back()->connect();
}

void Pool::turn(int most) {
  constexpr int kMostEvents = 1024;
  static thread_local std::array<epoll_event, kMostEvents> events;
  start_connections();
  const int count = ::epoll_wait(context_.epoll, events.data(), kMostEvents, most);
  context_.now = monotonic_now();
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    static_cast<Client*>(event.data.ptr)->on_event(event.events);
  }
  if (count > 0) longest_turn_ = std::max(longest_turn_, monotonic_now() - context_.now);
}

void Pool::on_ready(Client& client) {
  ++group_of(client).ready;
  --connecting_;
  last_progress_ = context_.now;
  if (is_followed(client)) follower_->on_ready(client);
}

void Pool::on_served(Client& client) {
  ++group_of(client).served;
  last_progress_ = context_.now;
  if (is_followed(client)) follower_->on_served(client);
}

void Pool::on_drain(Client& client, std::uint64_t reconnect_after_ms) {
  if (is_followed(client)) return follower_->on_drain(client, reconnect_after_ms);
  context_.findings.add("the server drained");
}

void Pool::on_caught_up(Client& client) { ++group_of(client).caught_up; }

void Pool::on_closed(Client& client, std::string_view why, bool refused) {
  auto& group = group_of(client);
  last_progress_ = context_.now;
  if (refused) {
    ++group.refused;
    --connecting_;
    if (client.kind() == Client::Kind::kMoved) return follower_->on_closed(client, why, true);
    context_.findings.add(std::string("refused: ").append(why));
    return;
  }
  ++group.closed;
  if (is_followed(client)) return follower_->on_closed(client, why, false);
  const bool may_be_closed =
      client.kind() != Client::Kind::kSteady && client.kind() != Client::Kind::kStorm;
  if (!may_be_closed) context_.findings.add(std::string("closed ").append(why));
}

}  // namespace tickgate::load
