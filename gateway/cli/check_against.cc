// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/check_against.h"

#include <fmt/format.h>

#include "gateway/cli/admin_client.h"
#include "gateway/cli/exit_code.h"
#include "gateway/cli/printable.h"
#include "gateway/cli/running_config.h"
#include "gateway/config/config_diff.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

absl::StatusOr<RunningConfig> ask(const AdminFlags& admin) {
  const auto port = AdminPort::open(admin);
  if (!port.ok()) return port.status();
  const auto* const url = &port->url;
  const auto answer = ask_admin(*port, "/v1/config");
  if (!answer.ok()) return answer.status();
  if (answer->status == 401) {
    return absl::UnavailableError(
        fmt::format("{} answers 401. {}", url->authority(), admin_hint(answer->status)));
  }
  if (answer->status != 200) {
    return absl::UnavailableError(
        fmt::format("{} answers {} to /v1/config: is it the admin port of "
                    "a tickgate that has it?",
                    url->authority(), answer->status));
  }
  auto running = read_running_config(answer->body);
  if (!running.ok()) {
    return absl::UnavailableError(fmt::format("{} answers what is no configuration: {}",
                                              url->authority(),
                                              schemas::to_std(running.status().message())));
  }
  if (running->fingerprint.empty()) {
    return absl::UnavailableError(
        fmt::format("{} runs without a file, and reads none again", url->authority()));
  }
  return running;
}

}  // namespace

int check_against(const LoadResult& loaded, const AdminFlags& admin, std::FILE* out,
                  std::FILE* errors) {
  const auto running = ask(admin);
  if (!running.ok()) {
    fmt::print(errors, "tickgate check: {}",
               printable_line(schemas::to_std(running.status().message())));
    return kFailed;
  }
  const auto next = config_view(loaded.config, loaded.file.places);
  const bool same_file = running->fingerprint == loaded.file.fingerprint;
  bool restart = false;
  std::size_t said = 0;
  for (const auto& change : config_diff(running->view, next)) {
    // The same text, read in the same environment, hides the same.
    if (same_file && change.kind == ConfigChange::Kind::kHidden) continue;
    restart = restart || change.kind == ConfigChange::Kind::kFixed;
    fmt::print(out, "{}", printable_line(change.line()));
    ++said;
  }
  if (said == 0) fmt::print(out, "a reload would change nothing\n");
  return restart ? kNeedsRestart : kDone;
}

}  // namespace tickgate::gateway
