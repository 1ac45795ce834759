// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tests/load/options.h"

namespace tickgate::load {

// Where to connect to and from, whom to trust, and what to show: resolved once, before the first
// connection.
class Destination {
 public:
  // What is wrong, in one line: a host that cannot be found, a file that cannot be read.
  static std::variant<Destination, std::string> resolve(const Options& options,
                                                        const feeds::Url& url);

  const feeds::Url& url() const { return url_; }
  const std::string& token() const { return token_; }  // empty: none
  bool tls() const { return context_ != nullptr; }

 private:
  friend class Wire;
  struct Address {
    sockaddr_storage bytes{};
    socklen_t size = 0;
  };
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  static std::variant<Address, std::string> lookup(const std::string& host,
                                                   const std::string& port);
  std::string load_trust(const Options& options);
  std::string load_token(const std::string& file);

  Address server_;
  std::vector<Address> sources_;
  std::unique_ptr<SSL_CTX, FreeContext> context_;
  feeds::Url url_;
  std::string token_;
  bool verify_ = true;
};

// A socket that never blocks, with TLS on it or without.
class Wire {
 public:
  enum class Result {
    kDone,
    kAgain,  // when the socket is readable or writable; wants_write() says which
    kClosed,
    kFailed,  // errno or OpenSSL's; problem() says it
  };

  Wire() = default;
  ~Wire() { close(); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // `number` chooses among the sources.
  Result connect(const Destination& destination, std::uint32_t number);
  // Once the socket is writable: whether it is connected.
  Result connected();
  // TLS only; again and again until it isn't kAgain.
  Result secure(const Destination& destination);

  // At least one byte when kDone. With TLS all that is there, as long as it fits.
  Result read(std::span<char> into, std::size_t& size);
  // Part of it, when kDone.
  Result write(std::string_view bytes, std::size_t& size);

  int descriptor() const { return descriptor_; }
  bool wants_write() const { return wants_write_; }
  std::string problem() const;
  void close();

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Result failed(int error);
  Result tls_result(int result);

  int descriptor_ = -1;
  int error_ = 0;                // errno
  unsigned long tls_error_ = 0;  // OpenSSL's
  bool wants_write_ = false;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

}  // namespace tickgate::load
