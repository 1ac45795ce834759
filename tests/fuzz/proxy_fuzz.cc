// SPDX-License-Identifier: Apache-2.0
// What stands in the environment, the configuration and a proxy's or a venue's answer is read or
// refused; whoever is named in an error is named without a secret.
#include <cstdint>
#include <string>
#include <string_view>

#include "feeds/net/proxy.h"
#include "schemas/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickgate::feeds;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto proxy = parse_proxy(text); proxy.ok()) {
    TICKGATE_CHECK(!proxy->host.empty() && !proxy->port.empty());
    TICKGATE_CHECK(proxy->authorization.find_first_of("\r\n") == std::string::npos);
    const auto request = proxy->connect_request({.host = "venue.example", .port = "443"});
    TICKGATE_CHECK(request.starts_with("CONNECT venue.example:443 HTTP/1.1\r\n"));
    TICKGATE_CHECK(request.find("\r\n\r\n") == request.size() - 4);
  }
  const auto half = size / 2;
  is_in_no_proxy(text.substr(0, half), text.substr(half), "443");
  TICKGATE_CHECK(!is_in_no_proxy("", text, "443"));
  TICKGATE_CHECK(is_in_no_proxy("*", text, "443"));
  const auto status = status_of_head(text);
  TICKGATE_CHECK(status == 0 || (status >= 100 && status <= 999));
  return 0;
}
