// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/explain.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "feeds/adapter/name_text.h"
#include "gateway/cli/admin_client.h"
#include "gateway/cli/exit_code.h"
#include "gateway/cli/printable.h"

namespace tickgate::gateway {
int run_explain(const ExplainFlags& flags, std::FILE* out, std::FILE* errors) {
  const auto port = AdminPort::open(flags.admin);
  if (!port.ok()) {
    fmt::print(errors, "tickgate explain: {}\n", std::string(port.status().message()));
    return kFailed;
  }
  const auto target =
      fmt::format("/v1/explain?symbol={}&format={}", feeds::percent_encoded(flags.symbol),
                  flags.json ? "json" : "text");
  const auto answer = ask_admin(*port, target);
  if (!answer.ok()) {
    fmt::print(errors,
               "tickgate explain: {}\n"
               "Is it running, and is that its admin port (server.admin_listen)? --admin URL names "
               "another.\n",
               std::string(answer.status().message()));
    return kFailed;
  }
  if (answer->status == 200) {
    fmt::print(out, "{}", printable(answer->body));
    return kDone;
  }
  const bool unknown = answer->status == 404 && answer->body.find("unknown") != std::string::npos;
  if (unknown && flags.json) fmt::print(out, "{}", printable(answer->body));
  if (unknown && !flags.json) fmt::print(errors, "tickgate explain: {}", printable(answer->body));
  if (unknown) return kMistake;
  fmt::print(errors, "tickgate explain: {} answers {}: {}{}", port->url.authority(), answer->status,
             printable_line(answer->body), admin_hint(answer->status));
  if (answer->status == 404) {
    fmt::print(errors, "It has no /v1/explain: is it the admin port of a tickgate that has it?\n");
  }
  return kFailed;
}

}  // namespace tickgate::gateway
