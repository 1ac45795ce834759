// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/net/file_watch.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace tickgate::gateway {

// A certificate with its key, and what we accept: TLS 1.3, and 1.2 with AEAD ciphers; no
// renegotiation, no compression; client certificates only where authorities are named. Immutable,
// so any thread may use it.
class TlsContext {
 public:
  using Clock = std::chrono::system_clock;

  // `certificate_file`: PEM, the chain, leaf first. `key_file`: PEM, not encrypted: nobody is there
  // to type a password. Refused, with the file's name: what cannot be read or parsed, a key that is
  // not the certificate's, a certificate not valid at `now`. Never waits for a file.
  // `client_ca_file`: PEM, authorities. A client may show a certificate then; one that is not of
  // theirs ends the handshake. Empty: none is asked for.
  static absl::StatusOr<std::shared_ptr<const TlsContext>> load(
      const std::string& certificate_file, const std::string& key_file,
      Clock::time_point now = Clock::now(), const std::string& client_ca_file = {});

  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // When the leaf certificate ends.
  Clock::time_point expires() const { return expires_; }
  // What an operator should mend though clients can connect, each with its file: a key that anybody
  // may read, a chain out of order or in part expired, an end that is near.
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
  // As TlsContext::load() has them.
  TlsContextHolder(const std::string& certificate_file, const std::string& key_file,
                   const std::string& client_ca_file = {})
      : files_(paths(certificate_file, key_file, client_ca_file)) {}

  // Also the first load. On an error the old context stays.
  absl::Status reload(TlsContext::Clock::time_point now = TlsContext::Clock::now());

  // The same from other files; on an error these stay, too.
  absl::Status use(const std::string& certificate_file, const std::string& key_file,
                   const std::string& client_ca_file = {});

  // Reloads if a file is another than the one last tried; nullopt: none is, or not for long enough.
  // Call it every few seconds: it acts when two calls saw the same new files, since the two are not
  // replaced at one moment.
  std::optional<absl::Status> poll(TlsContext::Clock::time_point now = TlsContext::Clock::now());

  // nullptr before the first reload() that succeeded.
  std::shared_ptr<const TlsContext> current() const;

 private:
  static std::vector<std::string> paths(const std::string& certificate_file,
                                        const std::string& key_file,
                                        const std::string& client_ca_file);
  absl::Status load(const FileWatch& files, TlsContext::Clock::time_point now);

  FileWatch files_;           // the certificate's, the key's, and of authorities if named
  mutable std::mutex mutex_;  // guards current_
  std::shared_ptr<const TlsContext> current_;
};

}  // namespace tickgate::gateway
