// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/forwarded.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "gateway/http/http_text.h"
#include "schemas/check.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

std::string_view stripped(std::string_view text) {
  return schemas::to_std(absl::StripAsciiWhitespace(schemas::to_absl(text)));
}

// Whether the quote at the end of `text` is one of its own, and not one that is quoted itself
// (RFC 9110, 5.6.4), behind a backslash that is none either.
bool ends_or_begins(std::string_view text) {
  text.remove_suffix(1);
  const auto before = text.find_last_not_of('\\');
  const auto slashes = before == text.npos ? text.size() : text.size() - before - 1;
  return slashes % 2 == 0;
}

// What stands behind the last `mark` that is not quoted, which is taken off the text. From the
// right, so that a quote the client left open hides nothing that a proxy wrote behind it.
std::string_view take_last(std::string_view& text, char mark) {
  bool quoted = false;
  std::size_t at = text.size();
  while (at > 0) {
    const char c = text[at - 1];
    if (c == '"' && ends_or_begins(text.substr(0, at))) quoted = !quoted;
    if (c == mark && !quoted) break;
    --at;
  }
  const auto last = stripped(text.substr(at));
  text = text.substr(0, at == 0 ? 0 : at - 1);
  return last;
}

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// Of `for=192.0.2.1;proto=https;by=...` the first; exactly one.
std::string_view node_of(std::string_view element) {
  std::string_view node;
  int found = 0;
  while (!element.empty()) {
    const auto pair = take_last(element, ';');
    const auto equals = pair.find('=');
    if (equals == pair.npos || !equals_ignoring_case(pair.substr(0, equals), "for")) continue;
    node = unquoted(pair.substr(equals + 1));
    ++found;
  }
  return found == 1 ? node : std::string_view();
}

}  // namespace

bool ProxyRules::trusts(const PeerAddress& address) const {
  return std::ranges::any_of(trusted,
                             [&](const Network& one) { return one.contains(address.bytes); });
}

ProxyRules proxy_rules(const ServerConfig& server) {
  ProxyRules rules{server.proxy_protocol, server.forwarded_header, {}};
  for (const auto& text : server.trusted_proxies) {
    const auto network = parse_network(text);
    TICKGATE_CHECK(network.has_value());
    rules.trusted.push_back(*network);
  }
  return rules;
}

std::string_view field_name(ForwardedHeader header) {
  switch (header) {
    case ForwardedHeader::kNone:
      return {};
    case ForwardedHeader::kXForwardedFor:
      return "X-Forwarded-For";
    case ForwardedHeader::kForwarded:
      return "Forwarded";
  }
  return {};
}

Peer forwarded_client(const ProxyRules& rules, std::string_view list, const Peer& proxy) {
  Peer known = proxy;
  while (!list.empty() && rules.trusts(known.address)) {
    const auto element = take_last(list, ',');
    if (element.empty()) continue;  // which a list may have (RFC 9110, 5.6.1)
    const auto next = parse_peer(rules.header == ForwardedHeader::kForwarded ? node_of(element)
                                                                             : unquoted(element));
    if (!next) break;
    known = *next;
  }
  return known;
}

}  // namespace tickgate::gateway
