// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/top.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "gateway/cli/exit_code.h"
#include "gateway/cli/gateway_watch.h"
#include "gateway/cli/top_screen.h"
#include "gateway/top/number_text.h"

namespace tickgate::gateway {
namespace {

// After two looks, so that there are rates.
int print_once(const AdminPort& port, std::chrono::milliseconds interval) {
  boost::asio::io_context io;
  std::optional<Look> before;
  std::optional<int> ended;
  GatewayWatch watch(io, port, interval, [&](absl::StatusOr<Look> look) {
    if (!look.ok()) {
      fmt::print(stderr,
                 "tickgate top: {}\n"
                 "Is it running, and is that its admin port (server.admin_listen)? --admin URL "
                 "names another.\n",
                 plain_text(std::string(look.status().message())));
      ended = kFailed;
    } else if (!before) {
      before = *std::move(look);
    } else {
      Situation situation;
      situation.where = port.url.authority();
      fmt::print("{}", lay_out_plain(make_model(&*before, *look), situation));
      ended = kDone;
    }
    if (ended) io.stop();
  });
  watch.start();
  io.run();
  return *ended;
}

}  // namespace

int run_top(const TopFlags& flags) {
  const auto port = AdminPort::open(flags.admin);
  if (!port.ok()) {
    fmt::print(stderr, "tickgate top: {}\n", std::string(port.status().message()));
    return kFailed;
  }
  if (flags.once || !can_draw()) return print_once(*port, flags.interval);
  return TopScreen(*port, flags.interval).run() ? kDone : kFailed;
}

}  // namespace tickgate::gateway
