// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/cluster_config_loader.h"

#include <utility>

#include "gateway/config/keys.h"

namespace tickgate::gateway {
namespace {

void check_nats(YamlSection& section) {
  if (!section.has("url")) {
    section.problem("url", "missing, expected a server like nats://10.0.0.5:4222");
  }
  const char* first = nullptr;
  for (const char* const key : {"credentials_file", "nkey_file", "user"}) {
    if (!section.has(key)) continue;
    if (first != nullptr) {
      section.problem(key, std::string("expected one of credentials_file, nkey_file and user, got ")
                               .append(first)
                               .append(" too"));
    }
    first = key;
  }
  const auto both = [&](const char* one, const char* other) {
    if (section.has(one) == section.has(other)) return;
    section.problem(section.has(one) ? one : other, std::string("expected ")
                                                        .append(one)
                                                        .append(" and ")
                                                        .append(other)
                                                        .append(" together, or none"));
  };
  both("user", "password_file");
  both("certificate", "key");
}

}  // namespace

void read_publish(YamlSection& root, Config& config) {
  if (root.find("publish") == nullptr) return;
  auto publish = root.section("publish");
  if (!publish.has("nats")) publish.problem("nats", "missing, expected where to publish");
  auto section = publish.section("nats");
  PublishConfig read;
  visit_keys(section, read);
  if (publish.has("nats")) check_nats(section);
  section.finish();
  publish.finish();
  config.publish = std::move(read);
}

void read_edge(YamlSection section, EdgeConfig& edge) {
  visit_keys(section, edge);
  check_nats(section);
  section.finish();
}

void check_edge(YamlSection& root, const Config& config) {
  if (!config.edge) return;
  for (const char* const key : {"bars", "consolidated"}) {
    if (!root.has(key)) continue;
    root.problem(key,
                 "not beside a feed of venue nats: bars and consolidated prices are made by "
                 "the ingest, and come from there");
  }
}

}  // namespace tickgate::gateway
