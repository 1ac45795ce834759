// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config.h"

#include <arpa/inet.h>

#include <charconv>

#include "feeds/venues/all.h"

namespace tickgate::gateway {
namespace {

bool is_address(int family, const std::string& host) {
  in6_addr room{};  // the larger of the two
  return inet_pton(family, host.c_str(), &room) == 1;
}

}  // namespace

std::string ListenAddress::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  const bool v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (v6) host = host.substr(1, host.size() - 2);
  ListenAddress address{std::string(host), 0};
  if (!is_address(v6 ? AF_INET6 : AF_INET, address.host)) return std::nullopt;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, address.port);
  if (error != std::errc() || stop != end) return std::nullopt;
  return address;
}

std::string venue_label(const FeedConfig& feed) {
  return feed.source.label.empty() ? std::string(feed.venue->facts.label) : feed.source.label;
}

}  // namespace tickgate::gateway
