// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/service_notify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <cstdlib>

namespace tickgate::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;
using Protocol = boost::asio::local::datagram_protocol;

// What systemd is here: a socket without a file, and the variables that name it.
class Service : public ::testing::Test {
 protected:
  Service()
      : name_("tickgate-test-" + std::to_string(::getpid())),
        systemd_(io_, Protocol::endpoint(std::string(1, '\0') + name_)) {
    systemd_.non_blocking(true);
    ::setenv("NOTIFY_SOCKET", ("@" + name_).c_str(), 1);
  }
  ~Service() override {
    for (const char* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
      ::unsetenv(name);
    }
  }

  ServiceNotify make() {
    return {io_, [this] { return ServiceNotify::Health{alive_, status_}; }};
  }
  // The next that was said, or nothing.
  std::string said() {
    std::string message(1000, '\0');
    boost::system::error_code error;
    message.resize(systemd_.receive(boost::asio::buffer(message), 0, error));
    return message;
  }
  // Runs until something is said.
  std::string hear() {
    for (;;) {
      if (auto message = said(); !message.empty()) return message;
      if (io_.run_one_for(std::chrono::seconds(20)) == 0) return "nothing for 20 s";
    }
  }

  boost::asio::io_context io_;
  std::string name_;
  Protocol::socket systemd_;
  bool alive_ = true;
  std::string status_ = "3 of 3 feeds live";
};

TEST_F(Service, SaysOnceThatItServesAndHowItIs) {
  auto notify = make();
  EXPECT_EQ(said(), "");
  notify.serving();
  EXPECT_EQ(said(), "READY=1\nSTATUS=3 of 3 feeds live\n");
  EXPECT_EQ(said(), "");
}

TEST_F(Service, AReloadIsBetweenTwoMessagesTheFirstDated) {
  auto notify = make();
  notify.serving();
  said();
  notify.reloading();
  EXPECT_THAT(said(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+\n"));
  notify.serving_again();
  EXPECT_EQ(said(), "READY=1\n");
}

TEST_F(Service, AnEndAsksForTheTimeThatItTakes) {
  auto notify = make();
  notify.serving();
  said();
  status_ = "draining";
  notify.stopping(std::chrono::seconds(25));
  EXPECT_EQ(said(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=25000000\nSTATUS=draining\n");
}

TEST_F(Service, TheWatchdogIsFedWhileItLivesAndNoLonger) {
  ::setenv("WATCHDOG_USEC", "20000", 1);
  auto notify = make();
  notify.serving();
  EXPECT_THAT(said(), HasSubstr("WATCHDOG=1\n"));
  EXPECT_EQ(hear(), "WATCHDOG=1\n");
  alive_ = false;
  status_ = "shard 0 has not turned for 10 s";
  std::string last = hear();
  while (last == "WATCHDOG=1\n") last = hear();  // one that was on its way
  EXPECT_EQ(last, "STATUS=shard 0 has not turned for 10 s\n");
  io_.run_for(std::chrono::milliseconds(100));  // and nothing more
  EXPECT_EQ(said(), "");
}

TEST_F(Service, AnotherProcessesWatchdogIsNotFed) {
  ::setenv("WATCHDOG_USEC", "20000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  auto notify = make();
  notify.serving();
  EXPECT_THAT(said(), Not(HasSubstr("WATCHDOG")));
}

TEST_F(Service, WhatMustNotBeLostIsSaidAgain) {
  ::setenv("WATCHDOG_USEC", "20000", 1);
  systemd_.close();
  auto notify = make();
  notify.serving();
  systemd_ = Protocol::socket(io_, Protocol::endpoint(std::string(1, '\0') + name_));
  systemd_.non_blocking(true);
  EXPECT_THAT(hear(), StartsWith("READY=1\n"));
  notify.end();
  io_.run();  // comes to its end
}

TEST_F(Service, NobodyToTellOrNoNameForASocketDoesNotMatter) {
  for (const auto& name : {std::string(), std::string("/nowhere/at/all"), std::string(200, 'a')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    auto notify = make();
    notify.serving();
    notify.reloading();
    notify.serving_again();
    notify.stopping(std::chrono::seconds(1));
    notify.end();
  }
  EXPECT_EQ(said(), "");
}

}  // namespace
}  // namespace tickgate::gateway
