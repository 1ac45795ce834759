// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "feeds/nats/library.h"

namespace tickgate::feeds {

// One connection from its making to its end: it never connects again. Any thread may call.
class Link {
 public:
  // Waits for each server as long as the options say.
  static absl::StatusOr<std::shared_ptr<Link>> dial(natsOptions& options);
  ~Link();  // closes it
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // What is called meanwhile, and later, fails.
  void close();

  natsConnection* connection() const { return connection_; }
  jsCtx* streams() const { return streams_; }
  const std::string& server() const { return server_; }  // its URL

  absl::Status publish(std::string_view subject, std::string_view payload, std::string_view reply);
  absl::Status flush(std::chrono::milliseconds wait);
  absl::StatusOr<NatsMsg> request(std::string_view subject, std::string_view payload,
                                  std::chrono::milliseconds wait);

 private:
  Link(natsConnection* connection, jsCtx* streams, std::string server)
      : connection_(connection), streams_(streams), server_(std::move(server)) {}

  natsConnection* connection_;
  jsCtx* streams_;
  std::string server_;
};

}  // namespace tickgate::feeds
