// SPDX-License-Identifier: Apache-2.0
#include "feeds/net/proxy.h"

#include <fmt/format.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "feeds/adapter/name_text.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

namespace ip = boost::asio::ip;
using schemas::to_absl;

absl::Status refused(std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("proxy: {}", what));
}

bool is_below(std::string_view host, std::string_view name) {
  if (!absl::EndsWithIgnoreCase(to_absl(host), to_absl(name))) return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

// "10.0.0.0/8", "fd00::/8".
template <class Network>
bool holds(const Network& network, boost::system::error_code error,
           const decltype(Network().address())& address) {
  if (error) return false;
  const Network one(address, network.prefix_length());
  return one.canonical() == network.canonical();
}
bool is_within(std::string_view text, const ip::address& address) {
  boost::system::error_code error;
  if (address.is_v4()) {
    const auto network = ip::make_network_v4(std::string(text), error);
    return holds(network, error, address.to_v4());
  }
  const auto network = ip::make_network_v6(std::string(text), error);
  return holds(network, error, address.to_v6());
}

bool matches(std::string_view item, std::string_view host, std::string_view port) {
  if (item == "*") return true;
  boost::system::error_code not_digits, none;
  const auto address = ip::make_address(std::string(host), not_digits);
  if (item.find('/') != item.npos) return !not_digits && is_within(item, address);
  std::string_view of_port;
  const bool bracketed = item.starts_with('[');
  const auto colon = item.rfind(':');
  if (colon != item.npos && (bracketed ? item[colon - 1] == ']' : item.find(':') == colon)) {
    of_port = item.substr(colon + 1);
    item = item.substr(0, colon);
  }
  if (!of_port.empty() && of_port != port) return false;
  if (bracketed && item.ends_with(']')) item = item.substr(1, item.size() - 2);
  if (!not_digits) return ip::make_address(std::string(item), none) == address && !none;
  if (item.starts_with("*.")) item.remove_prefix(1);
  if (item.starts_with('.')) item.remove_prefix(1);
  return !item.empty() && is_below(host, item);
}

}  // namespace

std::string Proxy::name() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

std::string Proxy::connect_request(const Url& url) const {
  const auto target = Proxy{url.host, url.port, ""}.name();
  auto request =
      fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\nUser-Agent: tickgate\r\n", target);
  if (!authorization.empty()) request += "Proxy-Authorization: " + authorization + "\r\n";
  return request += "\r\n";
}

absl::StatusOr<Proxy> parse_proxy(std::string_view text) {
  if (const auto scheme = text.find("://"); scheme != text.npos) {
    if (!absl::EqualsIgnoreCase(to_absl(text.substr(0, scheme)), "http")) {
      return refused("expected http://, other kinds of proxies are not spoken to");
    }
    text.remove_prefix(scheme + 3);
  }
  Proxy proxy;
  if (const auto at = text.rfind('@'); at != text.npos) {
    const auto plain = percent_decoded(text.substr(0, at));
    if (!plain || plain->find(':') == plain->npos) {
      return refused("expected user:password, percent-encoded, before the @");
    }
    proxy.authorization = "Basic " + absl::Base64Escape(*plain);
    text.remove_prefix(at + 1);
  }
  if (text.ends_with('/')) text.remove_suffix(1);
  const auto url = parse_url("http://" + std::string(text));
  if (!url || url->target != "/" || text.ends_with('?') || text.ends_with('/')) {
    return refused("expected http://[user:password@]host[:port]");
  }
  proxy.host = url->host;
  proxy.port = url->port;
  return proxy;
}

bool is_in_no_proxy(std::string_view list, std::string_view host, std::string_view port) {
  for (const auto item :
       absl::StrSplit(to_absl(list), absl::ByAnyChar(", \t"), absl::SkipEmpty())) {
    if (matches(schemas::to_std(item), host, port)) return true;
  }
  return false;
}

absl::StatusOr<ProxyRules> ProxyRules::create(std::string_view configured,
                                              Environment environment) {
  ProxyRules rules;
  if (configured == "none") return rules;
  std::string text(configured);
  rules.loopback_ = !text.empty();
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    if (text.empty()) text = environment(name);
  }
  if (text.empty()) return rules;
  auto proxy = parse_proxy(text);
  if (!proxy.ok()) return proxy.status();
  rules.proxy_ = *std::move(proxy);
  rules.no_proxy_ = environment("no_proxy");
  if (rules.no_proxy_.empty()) rules.no_proxy_ = environment("NO_PROXY");
  return rules;
}

const Proxy* ProxyRules::for_url(const Url& url) const {
  if (!proxy_ || (!loopback_ && is_loopback(url.host))) return nullptr;
  return is_in_no_proxy(no_proxy_, url.host, url.port) ? nullptr : &*proxy_;
}

std::string environment_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int status_of_head(std::string_view head) {
  int status = 0;
  if (!head.starts_with("HTTP/1.") || head.size() < 12 || head[8] != ' ') return 0;
  if (head.size() > 12 && head[12] != ' ' && head[12] != '\r') return 0;
  return absl::SimpleAtoi(to_absl(head.substr(9, 3)), &status) && status >= 100 ? status : 0;
}

}  // namespace tickgate::feeds
