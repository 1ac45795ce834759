// SPDX-License-Identifier: Apache-2.0
// The first bytes of a connection are a PROXY header, may become one, or are none; however they are
// cut the outcome is the same, and what is behind it changes nothing.
#include <cstdint>
#include <string_view>

#include "gateway/net/proxy_header.h"
#include "schemas/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickgate::gateway;
  using Status = ProxyHeader::Status;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = parse_proxy_header(bytes);
  TICKGATE_CHECK(whole.status == Status::kWhole || !whole.client);
  TICKGATE_CHECK(whole.status != Status::kNeedMore || size < kMostProxyHeader);
  if (whole.status == Status::kWhole) {
    TICKGATE_CHECK(whole.size > 0 && whole.size <= size && whole.size <= kMostProxyHeader);
    TICKGATE_CHECK(parse_proxy_header(bytes.substr(0, whole.size)).status == Status::kWhole);
  }
  // Of a part nothing is decided that more of it would change.
  for (std::size_t part = 0; part < size; part += 1 + part / 16) {
    const auto some = parse_proxy_header(bytes.substr(0, part));
    if (some.status == Status::kNeedMore) continue;
    TICKGATE_CHECK(some.status == whole.status && some.size == whole.size);
  }
  return 0;
}
