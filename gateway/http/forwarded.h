// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "gateway/config/config.h"
#include "gateway/net/peer.h"

namespace tickgate::gateway {

// Whose word on whom a connection comes from is taken, and how it is said.
struct ProxyRules {
  ProxyProtocol protocol = ProxyProtocol::kOff;
  ForwardedHeader header = ForwardedHeader::kNone;
  std::vector<Network> trusted;

  bool trusts(const PeerAddress& address) const;
};

// As the configuration has it, which has been checked.
ProxyRules proxy_rules(const ServerConfig& server);

// The field's name; empty for kNone.
std::string_view field_name(ForwardedHeader header);

// Whom a request comes from that `proxy`, a trusted one, has passed on. `list` is all that stands
// in its fields of this name, joined by commas (RFC 7239, or the older X-Forwarded-For). From right
// to left, for each proxy adds whom it heard at the end: the first that is not trusted himself is
// the client, and what stands before him is his own word. What cannot be read, `unknown` and a
// hidden name end it: then it is the last proxy that is known. Pure; any bytes.
Peer forwarded_client(const ProxyRules& rules, std::string_view list, const Peer& proxy);

}  // namespace tickgate::gateway
