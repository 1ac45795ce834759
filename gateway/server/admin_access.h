// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "gateway/api/admin_server.h"
#include "gateway/config/config.h"
#include "gateway/net/file_watch.h"
#include "gateway/net/tls_context.h"

namespace tickgate::gateway {

// What opens the admin port, as it stands in files: its token and its certificates, read at start,
// when they change, and when they are others. Main thread.
class AdminAccess {
 public:
  // `port` outlives it.
  explicit AdminAccess(AdminServer& port) : port_(port) {}

  // At the start. An error is the operator's to mend.
  absl::Status open(const ServerConfig& config);
  // Of another configuration, which has TLS if this one has. On an error nothing changed.
  absl::Status use(const ServerConfig& running, const ServerConfig& next);
  // Every few seconds: reads again what changed. What cannot be read leaves the old in place, and
  // is said in the log.
  void look();
  // Reads again in any case.
  void reload();

 private:
  absl::Status read_token(const std::string& file);
  void reload_token();
  void note_certificate(const absl::Status& reloaded) const;
  void tell_port();

  AdminServer& port_;
  std::unique_ptr<TlsContextHolder> tls_;  // null: plain
  bool certificate_ = false;               // opens the port
  std::optional<AdminToken> token_;
  std::optional<FileWatch> token_file_;
};

}  // namespace tickgate::gateway
