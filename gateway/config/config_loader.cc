// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config_loader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include <openssl/sha.h>

#include "absl/strings/escaping.h"
#include "gateway/config/auth_config_loader.h"
#include "gateway/config/cluster_config_loader.h"
#include "gateway/config/consolidated_config_loader.h"
#include "gateway/config/descriptor_plan.h"
#include "gateway/config/feed_config_loader.h"
#include "gateway/config/keys.h"
#include "gateway/config/yaml_reader.h"
#include "gateway/config/yaml_section.h"

namespace tickgate::gateway {
namespace {

constexpr std::uint64_t kLeastMemory = std::uint64_t{48} << 20U;

std::string fingerprint(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

template <typename Tls>
void read_tls(YamlSection& server, std::string_view name, std::optional<Tls>& config) {
  if (!server.has(name)) return;
  auto section = server.section(name);
  Tls tls;
  visit_keys(section, tls);
  for (const std::string_view key : {"certificate", "key"}) {
    if (!section.has(key)) section.problem(key, "missing, certificate and key belong together");
  }
  section.finish();
  config = tls;
}

// When the feeds are read.
void read_server(YamlSection section, Config& config) {
  auto& server = config.server;
  visit_keys(section, server);
  read_tls(section, "tls", server.tls);
  read_tls(section, "admin_tls", server.admin_tls);
  if (server.listen.port != 0 && server.listen == server.admin_listen) {
    section.problem("admin_listen", "expected another address than server.listen, got the same");
  }
  const bool header = server.forwarded_header != ForwardedHeader::kNone;
  const bool protocol = server.proxy_protocol != ProxyProtocol::kOff;
  if (header && protocol) {
    section.problem("forwarded_header", "expected none beside server.proxy_protocol: required");
  } else if ((header || protocol) && server.trusted_proxies.empty()) {
    section.problem(protocol ? "proxy_protocol" : "forwarded_header",
                    "expected server.trusted_proxies beside it: nobody's word would be taken");
  }
  const auto feeds = config.edge ? 1 : config.feeds.size();
  if (server.ready_quorum > feeds && feeds > 0) {
    section.problem("ready_quorum", "expected at most the number of feeds, " +
                                        std::to_string(feeds) + ", got " +
                                        std::to_string(server.ready_quorum));
  }
  section.finish();
}

// What is asked for and cannot be had is refused; without a number it is as many as can be, at the
// most (Server::start() says so).
void check_connections(YamlSection& section, const Config& config, std::uint64_t descriptors) {
  const auto plan = plan_descriptors(config, descriptors);
  if (!section.has("connections") || config.limits.connections <= plan.connections) return;
  section.problem("connections", "expected at most " + std::to_string(plan.connections) + ", as " +
                                     std::to_string(descriptors) +
                                     " open files are allowed (RLIMIT_NOFILE, ulimit -Hn) and " +
                                     std::to_string(descriptors - plan.connections) +
                                     " are kept for feeds, ports and files, got " +
                                     std::to_string(config.limits.connections));
}

// When the rest is read.
void read_limits(YamlSection section, Config& config, std::uint64_t descriptors) {
  auto& limits = config.limits;
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
  if (limits.memory > 0 && limits.memory < kLeastMemory) {
    section.problem("memory", "expected 0, or at least 48MiB, which the process holds by itself");
  }
  check_connections(section, config, descriptors);
  section.finish();
}

void read_log(YamlSection section, LogConfig& log) {
  visit_keys(section, log);
  section.finish();
}

void read_bars(YamlSection section, BarsConfig& bars) {
  visit_keys(section, bars);
  section.finish();
}

void read_ledger(YamlSection section, LedgerConfig& ledger) {
  visit_keys(section, ledger);
  section.finish();
}

}  // namespace

LoadResult parse_config(std::string_view text, std::string_view file,
                        std::uint64_t descriptor_limit) {
  LoadResult result;
  Problems problems(file);
  if (const auto tree = read_yaml(text, problems)) {
    YamlSection root(problems, *tree, "");
    read_log(root.section("log"), result.config.log);
    read_bars(root.section("bars"), result.config.bars);
    read_ledger(root.section("ledger"), result.config.ledger);
    read_auth(root, problems, result.config);
    read_publish(root, result.config);
    read_feeds(root, problems, result.config);
    read_server(root.section("server"), result.config);
    read_consolidated(root, problems, result.config);
    check_edge(root, result.config);
    read_limits(root.section("limits"), result.config, descriptor_limit);
    root.finish();
    result.file = {std::string(file), fingerprint(text), key_places(*tree)};
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

}  // namespace tickgate::gateway
