// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "feeds/net/url.h"

namespace tickgate::feeds {

// An HTTP proxy that tunnels (CONNECT).
struct Proxy {
  std::string host, port;
  std::string authorization;  // a Basic header's value; empty: none. A secret

  // For people: host and port, without what is secret.
  std::string name() const;
  // The request for a tunnel to this host; the proxy resolves the name.
  std::string connect_request(const Url& url) const;
};

// [http://][user:password@]host[:port][/], user and password percent-encoded. An error says what
// was expected, and nothing of the text.
absl::StatusOr<Proxy> parse_proxy(std::string_view text);

// The hosts that are spoken to without a proxy, as NO_PROXY lists them, by commas or blanks: names
// with all below them ("example.com", ".example.com"), addresses, networks (10.0.0.0/8), each but
// the last with a port or without, and "*" for all. What is none of these matches nothing.
bool is_in_no_proxy(std::string_view list, std::string_view host, std::string_view port);

// Which way connections go out. A configured proxy is for every host but NO_PROXY's; one of the
// environment never for this host itself. Cheap to copy for what it is used: once a connection.
class ProxyRules {
 public:
  using Environment = std::string (*)(const char* name);  // empty: not set

  ProxyRules() = default;
  // `configured`: a proxy, "none", or empty, which means the environment's: https_proxy,
  // HTTPS_PROXY, all_proxy, ALL_PROXY, the first that is set.
  static absl::StatusOr<ProxyRules> create(std::string_view configured, Environment environment);

  // Null: straight.
  const Proxy* for_url(const Url& url) const;

 private:
  std::optional<Proxy> proxy_;
  std::string no_proxy_;
  bool loopback_ = false;
};

// The process's.
std::string environment_variable(const char* name);

// What the head of a proxy's answer to CONNECT says: its status, 0 when it is no HTTP.
int status_of_head(std::string_view head);

}  // namespace tickgate::feeds
