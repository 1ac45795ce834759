// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/usage.h"

#include <fmt/format.h>

#include <string>

#include "gateway/cli/admin_client.h"
#include "gateway/cli/exit_code.h"
#include "gateway/cli/printable.h"
#include "gateway/ledger/ledger_file.h"

namespace tickgate::gateway {
namespace {

int read_files(const UsageFlags& flags, std::FILE* out, std::FILE* errors) {
  const auto day = parse_day(flags.day).value_or(Day{0});  // the command line was checked
  DayUsage usage;
  const auto status = read_day(flags.directory, day, usage);
  if (!status.ok()) {
    fmt::print(errors, "tickgate usage: {}\n", std::string(status.message()));
    return kFailed;
  }
  fmt::print(out, "{}",
             printable(flags.json ? usage_json(day, usage) + '\n' : usage_text(day, usage)));
  return kDone;
}

}  // namespace

int run_usage(const UsageFlags& flags, std::FILE* out, std::FILE* errors) {
  if (!flags.directory.empty()) return read_files(flags, out, errors);
  const auto port = AdminPort::open(flags.admin);
  if (!port.ok()) {
    fmt::print(errors, "tickgate usage: {}\n", std::string(port.status().message()));
    return kFailed;
  }
  const auto answer = ask_admin(
      *port, fmt::format("/v1/usage?day={}&format={}", flags.day, flags.json ? "json" : "text"));
  if (!answer.ok()) {
    fmt::print(errors,
               "tickgate usage: {}\n"
               "Is it running, and is that its admin port (server.admin_listen)? --admin URL names "
               "another, --directory reads the files.\n",
               std::string(answer.status().message()));
    return kFailed;
  }
  if (answer->status == 200) {
    fmt::print(out, "{}", printable(answer->body));
    return kDone;
  }
  fmt::print(errors, "tickgate usage: {} answers {}: {}{}", port->url.authority(), answer->status,
             printable_line(answer->body), admin_hint(answer->status));
  return kFailed;
}

}  // namespace tickgate::gateway
