// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/auth_config_loader.h"

#include <set>
#include <utility>

#include "gateway/config/auth_values.h"
#include "gateway/config/key_table.h"
#include "gateway/config/keys.h"

namespace tickgate::gateway {
namespace {

EntitlementConfig read_entitlement(YamlSection section, std::string name) {
  EntitlementConfig entitlement;
  entitlement.name = std::move(name);
  visit_keys(section, entitlement);
  for (const auto& row : key_rows(EntitlementConfig{})) {
    if (section.has(row.key.name)) entitlement.said.emplace_back(row.key.name);
  }
  if (entitlement.delay % std::chrono::seconds(1) != Milliseconds(0)) {
    section.problem("delay", "expected whole seconds");
  }
  section.finish();
  return entitlement;
}

void check(YamlSection& section, const AuthConfig& auth) {
  if (!section.has("jwks_file") && !section.has("jwks_url") && !section.has("api_keys_file") &&
      auth.certificates.empty()) {
    section.problem("jwks_file", "missing, expected it, jwks_url, api_keys_file or certificates");
  }
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < auth.certificates.size(); ++i) {
    const auto mapped = parse_certificate(auth.certificates[i]);
    if (!mapped || names.insert(mapped->name).second) continue;
    section.problem("certificates[" + std::to_string(i) + "]",
                    "expected another name: the first that fits has it");
  }
  // Whoever publishes keys issues tokens for others with them, too.
  if (auth.jwks_url.empty()) return;
  for (const std::string_view key : {"issuer", "audience"}) {
    if (!section.has(key)) section.problem(key, "missing, expected it beside jwks_url");
  }
}

}  // namespace

void read_auth(YamlSection& root, Problems& problems, Config& config) {
  if (root.find("auth") != nullptr) {
    auto section = root.section("auth");
    AuthConfig auth;
    visit_keys(section, auth);
    auth.defaults = read_entitlement(section.section("defaults"), "");
    check(section, auth);
    section.finish();
    config.auth = std::move(auth);
  }
  const auto* const plans = root.find("plans");
  if (plans == nullptr) return;
  auto section = root.section("plans");  // says so where it is no map
  if (plans->entries.size() > kMostPlans) {
    section.problem("", "expected at most " + std::to_string(kMostPlans) + " plans");
  }
  for (const auto& entry : plans->entries) {
    if (!is_plan_name(entry.key)) {
      section.problem(entry.key, "expected a plan's name of 1 to 32 of a-z, A-Z, 0-9, - and _");
    }
    const YamlSection plan(problems, entry.value, section.path(entry.key));
    config.plans.push_back(read_entitlement(plan, entry.key));
  }
  std::set<Milliseconds> delays;
  for (const auto& plan : config.plans) delays.insert(plan.delay);
  if (config.auth.has_value()) delays.insert(config.auth->defaults.delay);
  delays.erase(Milliseconds(0));
  if (delays.size() > kMostDelays) {
    section.problem("", "expected at most " + std::to_string(kMostDelays) + " different delays");
  }
}

}  // namespace tickgate::gateway
