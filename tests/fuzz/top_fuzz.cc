// SPDX-License-Identifier: Apache-2.0
// Whoever answers as the admin port may send anything: it is read to its end, and what is drawn of
// it fits and holds nothing that a terminal would obey.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gateway/top/layout.h"
#include "schemas/check.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickgate::gateway;  // NOLINT(google-build-using-namespace)
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are text here
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The whole as each of the three answers, and its second half against its first.
  const auto looked = [](std::string_view answer) {
    Look look;
    look.metrics = MetricSet::read(answer);
    if (auto feeds = read_feeds(answer); feeds.ok()) look.feeds = *std::move(feeds);
    if (auto clients = read_clients(answer); clients.ok()) look.clients = *std::move(clients);
    return look;
  };
  auto before = looked(text.substr(0, size / 2));
  auto now = looked(text);
  before.at = {};
  now.at = before.at + std::chrono::seconds(1);
  const auto model = make_model(&before, now);
  const auto lines = lay_out(&model, {}, {80, 24});
  TICKGATE_CHECK(lines.size() <= 24);
  for (const auto& line : lines) {
    TICKGATE_CHECK(line.plain().size() <= 80);
    for (const char c : line.plain()) TICKGATE_CHECK(c >= ' ' && c <= '~');
  }
  return 0;
}
