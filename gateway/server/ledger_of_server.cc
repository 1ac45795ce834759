// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/ledger_of_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

#include "feeds/log/log.h"
#include "gateway/ledger/day_usage.h"
#include "gateway/net/clock.h"
#include "gateway/server/host_name.h"
#include "gateway/server/server.h"
#include "schemas/json.h"

// The usage ledger, as the server makes it and the admin port shows it.
namespace tickgate::gateway {
namespace {

// As IPv6 maps it.
bool is_ipv4(const PeerAddress& address) {
  const auto& bytes = address.bytes;
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](auto byte) { return byte == 0; }) &&
         bytes[10] == 0xFF && bytes[11] == 0xFF;
}

std::string prefix_of(PeerAddress address) {
  const bool ipv4 = is_ipv4(address);
  std::fill(address.bytes.begin() + (ipv4 ? 15 : 6), address.bytes.end(), std::uint8_t{0});
  return address_text(address) + (ipv4 ? "/24" : "/48");
}

AdminAnswer wrong(unsigned status, std::string_view code, std::string_view message) {
  std::string body = fmt::format(R"({{"type":"error","code":"{}","message":)", code);
  schemas::append_json_string(body, message);
  std::vector<HttpHeader> headers;
  if (status == 503) headers.push_back({"Retry-After", "1"});
  return {status, kJsonType, body + "}\n", std::move(headers)};
}

AdminAnswer answer(Day day, const absl::Status& status, const DayUsage& usage, bool as_text) {
  // Not that nobody has used anything: a gateway that writes says that much of each day.
  if (absl::IsNotFound(status)) return wrong(404, "nothing_written", std::string(status.message()));
  if (!status.ok()) {
    return wrong(503, "not_ready", std::string(status.message()));
  }
  if (as_text) return {200, kTextType, usage_text(day, usage)};
  return {200, kJsonType, usage_json(day, usage) + '\n'};
}

}  // namespace

std::function<std::string(const PeerAddress&)> ledger_address(LedgerAddresses addresses) {
  switch (addresses) {
    case LedgerAddresses::kPrefix:
      return [](const PeerAddress& address) { return prefix_of(address); };
    case LedgerAddresses::kFull:
      return [](const PeerAddress& address) { return address_text(address); };
    case LedgerAddresses::kNone:
      break;
  }
  return {};
}

void collect_ledger(MetricFamilies& families, const LedgerCounters& counters) {
  const auto number = [](auto value) { return static_cast<double>(value); };
  families.counter("ledger_lines_total", "lines that the usage ledger has written",
                   number(counters.lines.value()));
  families.counter("ledger_bytes_total", "bytes that the usage ledger has written",
                   number(counters.bytes.value()));
  families.counter("ledger_failures_total", "attempts to write usage that failed",
                   number(counters.failures.value()));
  families.counter("ledger_days_lost_total", "days of which usage was given up unwritten",
                   number(counters.days_lost.value()));
  families.gauge("ledger_failing", "1 while usage cannot be written, and waits in memory, else 0",
                 number(counters.failing.value()));
  families.gauge("ledger_keys", "of subject, plan, venue and delay, today",
                 number(counters.keys.value()));
}

void Server::open_ledger(const std::string& epoch, std::size_t shards) {
  if (config_.ledger.directory.empty()) return;
  LedgerSettings settings;
  settings.directory = config_.ledger.directory;
  settings.run = epoch;
  settings.instance = host_name("unknown");
  settings.shards = shards;
  settings.now = [] { return wall_now(); };
  ledger_ = std::make_unique<Ledger>(std::move(settings));
}

// Of today without a day. The ledger's thread reads it, and the answer is ours again.
void Server::answer_usage(const HttpRequest& request, const AdminServer::Reply& reply) {
  const auto format = request.parameter("format").value_or("json");
  if (format != "json" && format != "text") {
    return reply(wrong(400, "bad_request", "format: expected json or text"));
  }
  if (ledger_ == nullptr) {
    return reply(wrong(404, "not_ready", "there is no ledger: see ledger.directory"));
  }
  const auto asked = request.parameter("day");
  const auto day = asked.has_value() ? parse_day(*asked) : day_of(wall_now());
  if (!day.has_value()) {
    return reply(wrong(400, "bad_request", "day: expected one like 2026-11-29, UTC"));
  }
  const bool taken = ledger_->read(*day, [this, day = *day, as_text = format == "text", reply](
                                             const absl::Status& status, const DayUsage& usage) {
    boost::asio::post(io_, [reply, done = answer(day, status, usage, as_text)]() mutable {
      reply(std::move(done));
    });
  });
  if (!taken) reply(wrong(503, "not_ready", "others ask for it: ask again after a second"));
}

}  // namespace tickgate::gateway
