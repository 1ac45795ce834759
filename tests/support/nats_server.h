// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tests/support/test_certificate.h"

namespace tickgate::testing {

// A nats-server of a test's own, on a port of the loopback that the system picks, with what it
// keeps in a folder that goes with it. Where there is none, tests that need it are skipped:
//
//   if (!NatsServer::is_there()) GTEST_SKIP() << NatsServer::kMissing;
class NatsServer {
 public:
  static constexpr const char* kMissing = "nats-server is not installed";
  static bool is_there();

  // `config`: more lines of its configuration ("authorization {…}"). JetStream is on, with
  // `memory` at most ("64M").
  explicit NatsServer(std::string config = {}, std::string memory = "256M");
  ~NatsServer();  // ends it
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  // Begins, at the same port as before, and returns when it listens.
  void start();
  void kill();    // as kill -9: what is in memory is gone
  void freeze();  // it stands still, its connections stay
  void go_on();   // after freeze()
  void change(std::string config) { config_ = std::move(config); }  // from the next start on

  std::string url(const std::string& host = "127.0.0.1") const;  // nats://…
  std::string port() const { return port_; }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  std::string write_config() const;
  void learn_port();

  TemporaryFolder folder_;
  std::string config_, memory_;
  std::string port_ = "-1";
  int process_ = -1;
};

}  // namespace tickgate::testing
