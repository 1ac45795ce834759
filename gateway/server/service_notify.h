// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace tickgate::gateway {

// Tells systemd how its service is: sd_notify(3), a datagram to the socket that NOTIFY_SOCKET
// names. Without one all of it does nothing, and whatever fails does not matter to the gateway.
// Main thread.
class ServiceNotify {
 public:
  struct Health {
    bool alive;          // else it is not said to be, and systemd ends it
    std::string status;  // a line for operators
  };

  ServiceNotify(boost::asio::io_context& io, std::function<Health()> health);

  // From now on: started, and well while health() says so.
  void serving();
  // Reads its configuration again, until serving_again().
  void reloading();
  void serving_again();
  // Will have ended after `most`.
  void stopping(std::chrono::milliseconds most);
  void end();

 private:
  void tell();
  void tell_later();
  bool send(std::string_view message);

  boost::asio::steady_timer timer_;
  std::function<Health()> health_;
  std::string socket_;                    // empty: nobody asks
  std::chrono::microseconds interval_{};  // between two messages
  bool watched_ = false;
  std::string unsent_;  // what has to be said once, until it is
  std::string status_;  // the last that was said
  bool ended_ = false;
};

}  // namespace tickgate::gateway
