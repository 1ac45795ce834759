// SPDX-License-Identifier: Apache-2.0
// Whatever a client writes in front of what trusted proxies add, he is who the first of them heard;
// and of any list somebody is the client.
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/http/forwarded.h"
#include "schemas/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickgate::gateway;
  static const Peer kProxy = *parse_peer("10.0.0.1:7");
  static const Peer kClient = *parse_peer("192.0.2.1");
  for (const auto header : {ForwardedHeader::kXForwardedFor, ForwardedHeader::kForwarded}) {
    static ServerConfig server;
    server.forwarded_header = header;
    server.trusted_proxies = {"10.0.0.0/8"};
    const auto rules = proxy_rules(server);
    const std::string text(reinterpret_cast<const char*>(data), size);
    forwarded_client(rules, text, kProxy);
    const bool named = header == ForwardedHeader::kForwarded;
    const auto added =
        named ? ", for=192.0.2.1, for=10.2.2.2;proto=https" : ", 192.0.2.1, 10.2.2.2";
    const auto client = forwarded_client(rules, text + added, kProxy);
    TICKGATE_CHECK(client.address == kClient.address);
  }
  return 0;
}
