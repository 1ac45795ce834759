// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <cstdio>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "gateway/api/version.h"
#include "gateway/cli/check_against.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/completion.h"
#include "gateway/cli/explain.h"
#include "gateway/cli/health.h"
#include "gateway/cli/key_command.h"
#include "gateway/cli/manual.h"
#include "gateway/cli/record.h"
#include "gateway/cli/replay.h"
#include "gateway/cli/top.h"
#include "gateway/cli/usage.h"
#include "gateway/config/config_loader.h"
#include "gateway/config/config_schema.h"
#include "gateway/config/descriptor_plan.h"
#include "gateway/log/log.h"
#include "gateway/server/check_files.h"
#include "gateway/server/memory_plan.h"
#include "gateway/server/memory_watch.h"
#include "gateway/server/server.h"

namespace {

using namespace tickgate::gateway;  // NOLINT(google-build-using-namespace): its program

constexpr int kUsage = 2;  // the person's to mend: a flag, a file, a port

int complain(std::string_view message) {
  std::fprintf(stderr, "tickgate: %.*s\n", static_cast<int>(message.size()), message.data());
  return kUsage;
}

// Whatever is opened first must not take the number of an output that is closed, and get what was
// meant for it. Of the one for answers nobody may think that it was written.
void hold_standard_files() {
  for (const auto& [file, how] : {std::pair{0, O_RDONLY}, {1, O_RDONLY}, {2, O_WRONLY}}) {
    if (::fcntl(file, F_GETFD) < 0) static_cast<void>(::open("/dev/null", how));
  }
}

// Loads a configuration, or says all that is wrong with it.
LoadResult load(const std::string& path) {
  auto result = load_config(path);
  for (const auto& error : result.errors) std::fprintf(stderr, "%s\n", error.c_str());
  return result;
}

void print_urls(const Config& config, const Server& server) {
  const auto public_address = ListenAddress{config.server.listen.host, server.port()}.text();
  const auto admin_address =
      ListenAddress{config.server.admin_listen.host, server.admin_port()}.text();
  const char* const s = server.tls() ? "s" : "";
  std::printf(
      "tickgate %s is serving\n"
      "  stream      ws%s://%s/v1/stream\n"
      "  page        http%s://%s/\n"
      "  metrics     http://%s/metrics\n"
      "  feeds       http://%s/v1/feeds\n"
      "  why         tickgate explain SYMBOL --admin http://%s\n"
      "Ctrl-C drains the clients and ends; twice ends at once.\n",
      std::string(kVersion).c_str(), s, public_address.c_str(), s, public_address.c_str(),
      admin_address.c_str(), admin_address.c_str(), admin_address.c_str());
  std::fflush(stdout);
}

int serve(const Config& config, ConfigFile file, bool say_urls) {
  log::start(config.log);
  int exit_code = 0;
  {
    Server server(config, std::move(file));
    const auto started = server.start();
    if (!started.ok()) {
      exit_code = complain(std::string(started.message()));
    } else {
      if (say_urls) print_urls(config, server);
      server.run();
    }
  }
  log::stop();
  return exit_code;
}

int run(const DemoFlags& flags) { return serve(demo_config(flags), {}, true); }

int run(const ServeFlags& flags) {
  auto loaded = load(flags.config);
  return loaded.ok() ? serve(loaded.config, std::move(loaded.file), false) : kUsage;
}

int run(const CheckFlags& flags) {
  const auto loaded = load(flags.config);
  if (!loaded.ok()) return kUsage;
  const auto& config = loaded.config;
  const auto files = check_files(config);
  for (const auto& error : files.errors) complain(error);
  for (const auto& warning : files.warnings) complain("warning: " + warning);
  if (!files.errors.empty()) return kUsage;
  if (!flags.against.url.empty()) return check_against(loaded, flags.against, stdout, stderr);
  const auto budget = memory_budget(config.limits.memory, granted_memory());
  const auto memory = memory_text(config, plan_memory(config), budget);
  const auto lines = lines_text(config);
  for (const auto& line : files.held) std::printf("%s\n", line.c_str());
  std::printf("%s%s%s: good\n", lines.c_str(), memory.c_str(), flags.config.c_str());
  return 0;
}

int run(const SchemaFlags&) {
  std::fputs(config_schema().c_str(), stdout);
  return 0;
}

int run(const VersionFlags&) {
  const auto commit = kCommit.empty() ? "" : absl::StrCat(" (", std::string(kCommit), ")");
  std::printf("tickgate %s%s\n", std::string(kVersion).c_str(), commit.c_str());
  return 0;
}

int run(const ManFlags& flags) {
  const bool of_keys = flags.page == "tickgate.yaml";
  std::fputs(
      (of_keys ? config_manual(kVersion) : command_manual(command_pages(), kVersion)).c_str(),
      stdout);
  return 0;
}

int run(const CompletionFlags& flags) {
  std::fputs(completion(flags.shell, command_pages()).c_str(), stdout);
  return 0;
}

int run(const HelpText& help) {
  std::fputs(help.text.c_str(), stdout);
  return 0;
}

int run(const UsageError& error) { return complain(error.message); }

int run(const RecordFlags& flags) {
  const auto loaded = load(flags.config);
  return loaded.ok() ? run_record(loaded.config, flags.out, flags.duration) : kUsage;
}
int run(const ExplainFlags& flags) { return run_explain(flags, stdout, stderr); }
int run(const UsageFlags& flags) { return run_usage(flags, stdout, stderr); }
int run(const TopFlags& flags) { return run_top(flags); }
int run(const KeyFlags& flags) { return run_key(flags, stdout, stderr); }
int run(const HealthFlags& flags) { return run_health(flags, stderr); }
int run(const ReplayFlags& flags) { return run_replay(flags, stdout, stderr); }

}  // namespace

int main(int argc, char** argv) {
  hold_standard_files();
  const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
  return std::visit([](const auto& command) { return run(command); },
                    parse_command_line(arguments.subspan(argc > 0 ? 1 : 0)));
}
