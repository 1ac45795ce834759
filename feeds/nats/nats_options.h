// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace tickgate::feeds {

// Where the servers are, and who we are to them. No secret stands in it: secrets are in files, read
// anew at each connect, so that one that was replaced is used from then on.
struct NatsOptions {
  std::vector<std::string> urls;  // nats://host:port or tls://host:port; tried in any order
  std::string name;               // what the server shows of us: "tickgate-ingest a"
  // One of these ways, or none.
  std::string credentials_file;     // a JWT and its seed, as `nsc` writes them
  std::string nkey_file;            // a seed: "SU..."
  std::string user, password_file;  // both
  // Any of these, or tls:// in any URL: nothing goes over a connection without TLS then. Without a
  // CA file the system's authorities hold. The host's name is always checked.
  std::string ca_file;
  std::string certificate, key;                   // ours, for a server that asks for one: both
  std::chrono::milliseconds timeout{400};         // of a question, where nothing else is said
  std::chrono::milliseconds ping{500};            // two without an answer end a connection
  std::chrono::milliseconds reconnect_wait{100};  // the least pause between two tries to connect
  std::chrono::milliseconds write_deadline{500};  // a socket that takes nothing for so long ends
};

// What an operator can mend: a URL that is none or has a password in it, files that are not there,
// two ways to say who we are. Names the option as the configuration does ("password_file").
absl::Status check(const NatsOptions& options);

}  // namespace tickgate::feeds
