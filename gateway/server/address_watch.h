// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/net/address_table.h"

namespace tickgate::gateway {

// Whether one address has so many connections that it is worth a word: a half of all, and a
// hundred. Pure.
bool holds_half(const AddressTable::Heaviest& most);

// Looks once a minute who has most, and says so in the log when it is half of all. Main thread.
class AddressWatch {
 public:
  // Both outlive it.
  AddressWatch(boost::asio::io_context& io, const AddressTable& addresses)
      : timer_(io), addresses_(addresses) {}

  void start();
  // A look that was due already comes, and is the last.
  void stop();

 private:
  void look();

  boost::asio::steady_timer timer_;
  const AddressTable& addresses_;
  bool stopped_ = false;
};

}  // namespace tickgate::gateway
