// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config_loader.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "gateway/config/config_values.h"
#include "gateway/config/feed_config_loader.h"
#include "gateway/config/yaml_reader.h"
#include "gateway/config/yaml_section.h"

namespace tickgate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

void read_tls(YamlSection server, ServerConfig& config) {
  if (!server.has("tls")) return;
  auto section = server.section("tls");
  TlsConfig tls;
  section.file("certificate", tls.certificate);
  section.file("key", tls.key);
  for (const std::string_view key : {"certificate", "key"}) {
    if (!section.has(key)) section.problem(key, "missing, certificate and key belong together");
  }
  section.finish();
  config.tls = tls;
}

void read_origins(YamlSection& server, ServerConfig& config) {
  constexpr std::string_view kWhat = R"(an origin like https://trade.example.com, or "*")";
  const auto* const items = server.list("origins", 1, 1000, "origins");
  if (items == nullptr) return;
  config.origins.clear();
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto& item = (*items)[i];
    if (item.unresolved) continue;
    const bool right =
        item.kind == YamlNode::Kind::kScalar && (item.text == "*" || is_origin(item.text));
    if (!right) server.expected("origins[" + std::to_string(i) + "]", item, kWhat);
    config.origins.push_back(item.text);
  }
}

void read_server(YamlSection section, ServerConfig& server) {
  section.address("listen", server.listen);
  section.address("admin_listen", server.admin_listen);
  section.whole<std::uint32_t>("shards", server.shards, 0, 64);
  section.find("tls");
  read_tls(section, server);
  read_origins(section, server);
  section.duration("drain_time", server.drain_time, seconds(0), seconds(300));
  section.duration("drain_delay", server.drain_delay, seconds(0), seconds(60));
  if (server.listen.port != 0 && server.listen == server.admin_listen) {
    section.problem("admin_listen", "expected another address than server.listen, got the same");
  }
  section.finish();
}

void read_limits(YamlSection section, LimitsConfig& limits, std::uint64_t descriptors) {
  constexpr std::uint32_t kMiB = 1U << 20U;
  section.whole<std::uint32_t>("connections", limits.connections, 1, 1'000'000);
  section.whole<std::uint32_t>("subscriptions_per_connection", limits.subscriptions_per_connection,
                               1, 100'000);
  section.size("message_bytes", limits.message_bytes, 1024, kMiB);
  section.whole<std::uint32_t>("requests_per_second", limits.requests_per_second, 1, 10'000);
  section.whole<std::uint32_t>("request_burst", limits.request_burst, 1, 100'000);
  section.whole<std::uint32_t>("bad_requests", limits.bad_requests, 1, 10'000);
  section.duration("handshake_time", limits.handshake_time, Milliseconds(100), seconds(60));
  section.duration("idle_time", limits.idle_time, seconds(1), hours(1));
  section.duration("write_deadline", limits.write_deadline, seconds(1), seconds(300));
  section.duration("min_interval", limits.min_interval, seconds(0), seconds(60));
  section.size("frame_bytes", limits.frame_bytes, 4096, 4 * kMiB);
  section.size("send_buffer_bytes", limits.send_buffer_bytes, 4096, kMiB);
  section.size("notsent_lowat_bytes", limits.notsent_lowat_bytes, 1024, kMiB);
  const auto ordered = [&](std::string_view lower, std::uint32_t low, std::string_view upper,
                           std::uint32_t high) {
    if (low <= high) return;
    section.problem(section.has(upper) ? upper : lower,
                    "expected " + std::string(lower) + " (" + std::to_string(low) +
                        ") not to be more than " + std::string(upper) + " (" +
                        std::to_string(high) + ")");
  };
  ordered("requests_per_second", limits.requests_per_second, "request_burst", limits.request_burst);
  ordered("notsent_lowat_bytes", limits.notsent_lowat_bytes, "send_buffer_bytes",
          limits.send_buffer_bytes);
  if (limits.connections + std::uint64_t{kDescriptorReserve} > descriptors) {
    section.problem("connections", "expected at most " + std::to_string(descriptors) +
                                       " open files less " + std::to_string(kDescriptorReserve) +
                                       " (RLIMIT_NOFILE, ulimit -Hn), got " +
                                       std::to_string(limits.connections));
  }
  section.finish();
}

void read_log(YamlSection section, LogConfig& log) {
  using feeds::log::Level;
  section.choice("level", log.level,
                 {{"debug", Level::kDebug},
                  {"info", Level::kInfo},
                  {"warning", Level::kWarning},
                  {"error", Level::kError}});
  section.choice(
      "format", log.format,
      {{"auto", LogFormat::kAuto}, {"json", LogFormat::kJson}, {"text", LogFormat::kText}});
  section.finish();
}

}  // namespace

LoadResult parse_config(std::string_view text, std::string_view file,
                        std::uint64_t descriptor_limit) {
  LoadResult result;
  Problems problems(file);
  result.config.limits.connections = default_connections(descriptor_limit);
  if (const auto tree = read_yaml(text, problems)) {
    YamlSection root(problems, *tree, "");
    read_server(root.section("server"), result.config.server);
    read_limits(root.section("limits"), result.config.limits, descriptor_limit);
    read_log(root.section("log"), result.config.log);
    read_feeds(root, problems, result.config.feeds);
    root.finish();
  }
  result.errors = problems.lines();
  return result;
}

LoadResult load_config(const std::string& path) {
  const auto refuse = [&](const std::string& what) {
    LoadResult result;
    result.errors.push_back(path + ": " + what);
    return result;
  };
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "re"), close);
  if (!file) return refuse("cannot be opened: " + std::generic_category().message(errno));
  std::string text(kYamlMaxBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    return refuse("cannot be read: " + std::generic_category().message(errno));
  }
  return parse_config(text, path, descriptor_limit());
}

std::uint64_t descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  return limit.rlim_max;
}

std::uint32_t default_connections(std::uint64_t descriptor_limit) {
  const std::uint64_t room =
      descriptor_limit > kDescriptorReserve ? descriptor_limit - kDescriptorReserve : 1;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(LimitsConfig{}.connections, room));
}

}  // namespace tickgate::gateway
