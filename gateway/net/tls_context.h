// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/net/file_watch.h"
#include "gateway/net/ticket_keys.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace tickgate::gateway {

// Each in PEM form. `certificate`: the chain, leaf first. `key`: not encrypted, for nobody is there
// to type a password. `client_ca`: authorities of clients; empty: no client is asked who it is.
struct TlsFiles {
  std::string certificate, key;
  std::string client_ca{};

  std::vector<std::string> paths() const;
};

// A certificate with its key, and what we accept: TLS 1.3, and 1.2 with AEAD ciphers; no
// renegotiation, no compression, no early data. Immutable, so any thread may use it.
class TlsContext {
 public:
  using Clock = std::chrono::system_clock;

  // Refused, with the file's name: what cannot be read or parsed, a key that is not the
  // certificate's, a certificate not valid at `now`. Never waits for a file. `tickets`: of the
  // port; null: keys of its own.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> load(
      const TlsFiles& files, std::shared_ptr<TicketKeys> tickets = nullptr,
      Clock::time_point now = Clock::now());

  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // When the leaf certificate ends.
  Clock::time_point expires() const { return expires_; }
  // What an operator should mend though clients can connect, each with its file: a key that anybody
  // may read, a chain that is short, out of order or in part expired, an end that is near.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // For make_tls_transport().
  ssl_ctx_st* native() const { return context_; }

 private:
  TlsContext(ssl_ctx_st* context, Clock::time_point expires, std::vector<std::string> warnings)
      : context_(context), expires_(expires), warnings_(std::move(warnings)) {}

  ssl_ctx_st* context_;
  Clock::time_point expires_;
  std::vector<std::string> warnings_;
};

// The context that new connections get. The main thread swaps it, by reload() and poll(); every
// connection keeps what it was accepted with. A shard asks current() once for each connection it
// accepts.
class TlsContextHolder {
 public:
  explicit TlsContextHolder(TlsFiles files) : files_(std::move(files)), watch_(files_.paths()) {}

  // Also the first load. On an error the old context stays.
  absl::Status reload(TlsContext::Clock::time_point now = TlsContext::Clock::now());

  // The same from other files; on an error these stay, too.
  absl::Status use(const TlsFiles& files);

  // Reloads if a file is another than the one last tried; nullopt: none is, or not for long enough.
  // Call it every few seconds: it acts when two calls saw the same new files, since the two are not
  // replaced at one moment.
  std::optional<absl::Status> poll(TlsContext::Clock::time_point now = TlsContext::Clock::now());

  // nullptr before the first reload() that succeeded.
  std::shared_ptr<const TlsContext> current() const;

 private:
  absl::Status load(const TlsFiles& files, TlsContext::Clock::time_point now);

  TlsFiles files_;
  FileWatch watch_;  // of them
  std::shared_ptr<TicketKeys> tickets_ = std::make_shared<TicketKeys>();
  mutable std::mutex mutex_;  // guards current_
  std::shared_ptr<const TlsContext> current_;
};

}  // namespace tickgate::gateway
