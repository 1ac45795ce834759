// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "gateway/cli/gateway_watch.h"
#include "gateway/cli/terminal.h"
#include "gateway/top/layout.h"

namespace tickgate::gateway {

// The picture on a terminal, its keys and signals, on the thread that runs it.
class TopScreen {
 public:
  TopScreen(const AdminPort& port, std::chrono::milliseconds interval);

  // Until q or a signal ends it. False: the terminal is gone.
  bool run();

 private:
  void on_look(absl::StatusOr<Look> look);
  void await_signal();
  void on_signal(int number);
  void await_key();
  void on_key(char key);
  void pause(bool paused);
  void await_second();
  void draw();
  std::optional<Situation::Silence> silence() const;

  boost::asio::io_context io_;
  boost::asio::signal_set signals_;
  boost::asio::posix::stream_descriptor keys_;
  boost::asio::steady_timer second_;
  GatewayWatch watch_;
  Terminal terminal_;
  Situation situation_;

  std::optional<Look> look_;    // the last one
  std::optional<Model> model_;  // made of it and the one before
  // When it last answered, or was first asked, by both clocks; and why it has not since then.
  std::chrono::steady_clock::time_point heard_ = std::chrono::steady_clock::now();
  std::chrono::system_clock::time_point heard_wall_ = std::chrono::system_clock::now();
  std::string failure_;
  bool gone_ = false;  // the terminal
};

}  // namespace tickgate::gateway
