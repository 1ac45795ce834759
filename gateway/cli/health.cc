// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/health.h"

#include <fmt/format.h>

#include <string>

#include "gateway/cli/admin_client.h"
#include "gateway/cli/printable.h"

namespace tickgate::gateway {

int run_health(const HealthFlags& flags, std::FILE* errors) {
  auto port = AdminPort::open(flags.admin);
  if (!port.ok()) {
    fmt::print(errors, "tickgate health: {}\n", std::string(port.status().message()));
    return 1;
  }
  port->token.clear();  // a probe needs none, and may be the clients' port
  const auto answer = ask_admin(*port, "");
  if (!answer.ok()) {
    fmt::print(errors, "tickgate health: {}\n", std::string(answer.status().message()));
    return 1;
  }
  if (answer->status == 200) return 0;
  fmt::print(errors, "tickgate health: {} answers {}: {}", port->url.authority(), answer->status,
             printable_line(answer->body));
  return 1;
}

}  // namespace tickgate::gateway
