// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>
#include <variant>

#include "gateway/config/descriptor_plan.h"
#include "gateway/server/cores.h"
#include "tests/load/run.h"

namespace {

using namespace tickgate::load;  // NOLINT(google-build-using-namespace): its program

constexpr int kFound = 1, kUsage = 2;

volatile std::sig_atomic_t interrupted = 0;
void interrupt(int /*signal*/) { interrupted = 1; }

int complain(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
  return kUsage;
}

// What the system does not permit, or an empty text.
std::string too_much(const Options& options) {
  constexpr std::uint64_t kOthers = 32;  // files of our own
  tickgate::gateway::raise_descriptor_limit();
  const auto limit = tickgate::gateway::descriptor_limit();
  const auto needed = options.sockets() + kOthers;
  if (needed > limit) {
    return "tickgate-load: " + std::to_string(options.sockets()) +
           " sockets need a limit of open files of " + std::to_string(needed) + ", it is " +
           std::to_string(limit) + " (ulimit -Hn)";
  }
  if (options.pid != 0 && !sample_process(options.pid)) {
    return "tickgate-load: --pid: there is no process " + std::to_string(options.pid);
  }
  return {};
}

int run(const Options& options) {
  if (auto problem = too_much(options); !problem.empty()) return complain(problem);
  auto resolved = Destination::resolve(options, options.url);
  auto then = Destination::resolve(options, options.then.value_or(options.url));
  for (const auto* const each : {&resolved, &then}) {
    if (const auto* const problem = std::get_if<std::string>(each)) {
      return complain("tickgate-load: " + *problem);
    }
  }
  std::signal(SIGINT, interrupt);
  std::signal(SIGTERM, interrupt);
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  Context context(options, std::get<Destination>(resolved),
                  options.then ? &std::get<Destination>(then) : nullptr);
  const auto report = [&] {
    Pool pool(context);
    Run the_run(context, pool, interrupted);
    the_run.execute();
    return the_run.report();
  }();
  const auto text = options.json ? report.json() : report.table();
  std::fputs(text.c_str(), stdout);
  return context.findings.empty() ? 0 : kFound;
}

}  // namespace

int main(int count, char** arguments) {
  const auto parsed = parse_options({arguments + 1, arguments + count});
  if (const auto* const help = std::get_if<Help>(&parsed)) {
    std::fputs(help->text.c_str(), stdout);
    return 0;
  }
  if (const auto* const mistake = std::get_if<UsageError>(&parsed)) {
    return complain(mistake->message);
  }
  return run(std::get<Options>(parsed));
}
