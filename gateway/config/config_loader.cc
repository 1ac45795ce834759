// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config_loader.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "gateway/config/feed_config_loader.h"
#include "gateway/config/keys.h"
#include "gateway/config/yaml_reader.h"
#include "gateway/config/yaml_section.h"

namespace tickgate::gateway {
namespace {

void read_tls(YamlSection server, ServerConfig& config) {
  if (!server.has("tls")) return;
  auto section = server.section("tls");
  TlsConfig tls;
  visit_keys(section, tls);
  for (const std::string_view key : {"certificate", "key"}) {
    if (!section.has(key)) section.problem(key, "missing, certificate and key belong together");
  }
  section.finish();
  config.tls = tls;
}

void read_server(YamlSection section, ServerConfig& server) {
  visit_keys(section, server);
  read_tls(section, server);
  if (server.listen.port != 0 && server.listen == server.admin_listen) {
    section.problem("admin_listen", "expected another address than server.listen, got the same");
  }
  section.finish();
}

void read_limits(YamlSection section, LimitsConfig& limits, std::uint64_t descriptors) {
  visit_keys(section, limits);
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
  visit_keys(section, log);
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
