// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/health.h"

#include <fmt/format.h>

#include <string>

#include "feeds/net/url.h"
#include "gateway/cli/admin_client.h"
#include "gateway/cli/printable.h"

namespace tickgate::gateway {

int run_health(const HealthFlags& flags, std::FILE* errors) {
  const auto url = feeds::parse_url(flags.url);  // the word, which parsed
  const auto answer = ask_admin(*url, "");
  if (!answer.ok()) {
    fmt::print(errors, "tickgate health: {}\n", std::string(answer.status().message()));
    return 1;
  }
  if (answer->status == 200) return 0;
  fmt::print(errors, "tickgate health: {} answers {}: {}", url->authority(), answer->status,
             printable_line(answer->body));
  return 1;
}

}  // namespace tickgate::gateway
