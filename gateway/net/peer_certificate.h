// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schemas/ids.h"

struct ssl_st;  // OpenSSL's SSL

namespace tickgate::gateway {

// A client's certificate that an authority of ours has signed and that is valid; checked in the
// handshake, so its holder has its key.
struct PeerCertificate {
  // What it is called, as configurations have it: "CN=desk-7", and of the alternative names
  // "DNS:desk-7.example.com", "email:desk@example.com", "URI:spiffe://example.com/desk-7".
  // Printable, each at most 256 bytes; others are left out.
  std::vector<std::string> names;
  std::string sha256;          // of the certificate, in hex
  schemas::Timestamp expires;  // when it ends
};

// nullopt: it showed none.
std::optional<PeerCertificate> peer_certificate_of(ssl_st* session);

}  // namespace tickgate::gateway
