// SPDX-License-Identifier: Apache-2.0
#include <netdb.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "tests/load/wire.h"

namespace tickgate::load {

std::variant<Destination::Address, std::string> Destination::lookup(const std::string& host,
                                                                    const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) return host + ": " + ::gai_strerror(error);
  Address address;
  address.size = found->ai_addrlen;
  std::memcpy(&address.bytes, found->ai_addr, found->ai_addrlen);
  ::freeaddrinfo(found);
  return address;
}

std::string Destination::load_trust(const Options& options) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  verify_ = !options.insecure;
  auto* const context = context_.get();
  // Many connections that sleep most of the time: no buffers while nothing is in them. Reading
  // ahead takes a record's header and body with one call.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_verify(context, verify_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!verify_) return {};
  const bool loaded = options.ca.empty()
                          ? SSL_CTX_set_default_verify_paths(context) == 1
                          : SSL_CTX_load_verify_file(context, options.ca.c_str()) == 1;
  if (loaded) return {};
  return (options.ca.empty() ? std::string("the system's authorities") : options.ca) +
         ": no certificates could be read";
}

// Only what can stand in a field of a request: anything else could begin another.
std::string Destination::load_token(const std::string& file) {
  constexpr std::size_t kMostToken = 8'192;
  std::ifstream stream(file);
  if (!stream) return file + ": cannot be read";
  std::getline(stream, token_);
  if (token_.ends_with('\r')) token_.pop_back();
  const bool visible =
      std::all_of(token_.begin(), token_.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (visible && !token_.empty() && token_.size() <= kMostToken) return {};
  return file + ": expected one line, a token of visible ASCII characters";
}

std::variant<Destination, std::string> Destination::resolve(const Options& options,
                                                            const feeds::Url& url) {
  Destination destination;
  destination.url_ = url;
  auto server = lookup(url.host, url.port);
  if (auto* const problem = std::get_if<std::string>(&server)) return *problem;
  destination.server_ = std::get<Address>(server);
  for (const auto& source : options.sources) {
    auto address = lookup(source, "0");
    if (auto* const problem = std::get_if<std::string>(&address)) return *problem;
    destination.sources_.push_back(std::get<Address>(address));
  }
  if (!options.token_file.empty()) {
    if (auto problem = destination.load_token(options.token_file); !problem.empty()) return problem;
  }
  if (url.tls) {
    if (auto problem = destination.load_trust(options); !problem.empty()) return problem;
  }
  return destination;
}

}  // namespace tickgate::load
