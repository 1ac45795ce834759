// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/auth_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/config/auth_values.h"
#include "gateway/net/clock.h"
#include "gateway/net/pem_file.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

constexpr std::size_t kMostApiKeyBytes = 32U << 20U;

absl::Status bad_file(const std::string& path, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", path, what));
}

// Whoever writes keys is whoever he likes; whoever reads a secret one, too.
std::vector<std::string> mode_warnings(const std::string& path, const PemFile& file, bool secret) {
  std::vector<std::string> warnings;
  const auto warn = [&](std::string_view who_may) {
    warnings.push_back(fmt::format("{}: {}, expected mode 0600", path, who_may));
  };
  if (secret && file.others_read) warn("anybody on this machine may read it");
  if (secret && !file.others_read && file.group_reads) warn("its group may read it");
  if (file.group_writes) warn("its group may write into it");
  return warnings;
}

// Numbers and patterns that stand in the file; of the others nothing is said.
Entitlement entitlement(const EntitlementConfig& config) {
  Entitlement out;
  for (const std::string_view key : config.said) {
    if (key == "depth") out.depth = static_cast<std::uint16_t>(config.depth);
    if (key == "min_interval") {
      out.min_interval_ms = static_cast<std::uint32_t>(config.min_interval.count());
    }
    if (key == "delay") out.delay_s = static_cast<std::uint32_t>(config.delay.count() / 1000);
    if (key == "connections") out.connections = config.connections;
    if (key == "subscriptions") out.subscriptions = config.subscriptions;
    if (key == "symbols") {
      std::vector<SymbolPattern> patterns;
      for (const auto& text : config.symbols) {
        if (auto pattern = SymbolPattern::parse(text)) patterns.push_back(*std::move(pattern));
      }
      out.symbols.emplace(std::move(patterns));
    }
    if (key == "channels") {
      std::uint8_t bits = 0;
      for (const auto& text : config.channels) {
        const auto channel = schemas::channel_from_name(text);
        if (channel) bits = static_cast<std::uint8_t>(bits | 1U << static_cast<unsigned>(*channel));
      }
      out.channels = bits;
    }
  }
  return out;
}

std::string kinds_text(const KeySet& set) {
  std::string text;
  for (const auto algorithm : {SignatureAlgorithm::kRs256, SignatureAlgorithm::kEs256,
                               SignatureAlgorithm::kEdDsa, SignatureAlgorithm::kHs256}) {
    const auto count = std::count_if(set.keys.begin(), set.keys.end(), [&](const TokenKey& key) {
      return key.key.algorithm() == algorithm;
    });
    if (count == 0) continue;
    text.append(fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name(algorithm)));
  }
  return text;
}

bool has_plan(const Config& config, const std::string& name) {
  return std::any_of(config.plans.begin(), config.plans.end(),
                     [&](const EntitlementConfig& plan) { return plan.name == name; });
}

void look_at_certificates(const Config& config, AuthFindings& found) {
  for (const auto& text : config.auth->certificates) {
    const auto mapped = parse_certificate(text);
    if (mapped && !mapped->plan.empty() && !has_plan(config, std::string(mapped->plan))) {
      found.errors.push_back(fmt::format("auth.certificates: no plan is called {}", mapped->plan));
    }
  }
  const auto& tls = config.server.tls;
  if (!config.auth->certificates.empty() && (!tls || tls->client_ca.empty())) {
    found.warnings.emplace_back(
        "auth.certificates: without server.tls.client_ca no client is asked for one");
  }
}

void look_at_api_keys(const Config& config, AuthFindings& found) {
  const auto& path = config.auth->api_keys_file;
  const auto loaded = load_api_keys(path);
  if (!loaded.ok()) {
    found.errors.emplace_back(loaded.status().message());
    return;
  }
  found.warnings.insert(found.warnings.end(), loaded->warnings.begin(), loaded->warnings.end());
  const auto now = wall_now();
  std::size_t expired = 0;
  for (const auto& [id, key] : loaded->keys->all()) {
    if (key.expires && *key.expires <= now) ++expired;
    if (key.plan.empty() || has_plan(config, key.plan)) continue;
    found.warnings.push_back(fmt::format(
        "{}: key {} is of plan \"{}\", which there is not: it gives nothing", path, id, key.plan));
  }
  found.lines.push_back(fmt::format("API keys: {}, {} of them expired ({})",
                                    loaded->keys->all().size(), expired, path));
}

}  // namespace

absl::StatusOr<KeysOfFile<KeySet>> load_jwks(const std::string& path) {
  const auto file = read_pem_file(path);
  if (!file.ok()) return file.status();
  if (file->others_write)
    return bad_file(path, "anybody on this machine may write into it, expected mode 0600");
  auto set = KeySet::parse(file->text, KeySet::From::kFile);
  if (!set.ok()) return bad_file(path, schemas::to_std(set.status().message()));
  auto warnings = mode_warnings(path, *file, set->secret);
  for (const auto& warning : set->warnings) {
    warnings.push_back(fmt::format("{}: {}", path, warning));
  }
  return KeysOfFile<KeySet>{std::make_shared<const KeySet>(*std::move(set)), std::move(warnings)};
}

absl::StatusOr<KeysOfFile<ApiKeys>> load_api_keys(const std::string& path) {
  const auto file = read_pem_file(path, kMostApiKeyBytes);
  if (!file.ok()) return file.status();
  if (file->others_write)
    return bad_file(path, "anybody on this machine may write into it, expected mode 0600");
  auto keys = ApiKeys::parse(file->text, wall_now());
  if (!keys.ok()) return bad_file(path, schemas::to_std(keys.status().message()));
  return KeysOfFile<ApiKeys>{std::make_shared<const ApiKeys>(*std::move(keys)),
                             mode_warnings(path, *file, true)};
}

std::shared_ptr<const ApiKeys> still_in_file(const std::string& path, const ApiKeys& keys) {
  const auto file = read_pem_file(path, kMostApiKeyBytes);
  if (!file.ok() || file->others_write) return nullptr;
  return std::make_shared<const ApiKeys>(keys.still_in(file->text));
}

GuardSettings guard_settings(const Config& config) {
  const auto& auth = *config.auth;
  GuardSettings settings;
  settings.rules = {auth.issuer, auth.audience,
                    std::chrono::duration_cast<std::chrono::seconds>(auth.token_lifetime).count()};
  settings.defaults = entitlement(auth.defaults);
  for (const auto& plan : config.plans) settings.plans.emplace(plan.name, entitlement(plan));
  for (const auto& text : auth.denied) {
    if (const auto denied = parse_denied(text)) {
      settings.denied.push_back({std::string(denied->subject), denied->before});
    }
  }
  for (const auto& text : auth.certificates) {
    if (const auto mapped = parse_certificate(text)) {
      settings.certificates.push_back({std::string(mapped->name), std::string(mapped->plan)});
    }
  }
  return settings;
}

AuthFindings look_at_auth(const Config& config) {
  AuthFindings found;
  if (!config.auth.has_value()) return found;
  const auto& auth = *config.auth;
  if (!auth.jwks_file.empty()) {
    const auto loaded = load_jwks(auth.jwks_file);
    if (loaded.ok()) {
      found.warnings = loaded->warnings;
      found.lines.push_back(
          fmt::format("token keys: {} ({})", kinds_text(*loaded->keys), auth.jwks_file));
    } else {
      found.errors.emplace_back(loaded.status().message());
    }
    for (const auto& [key, value] :
         {std::pair{"issuer", &auth.issuer}, {"audience", &auth.audience}}) {
      if (!value->empty()) continue;
      found.warnings.push_back(fmt::format("auth.{}: absent, tokens of any are taken", key));
    }
  }
  if (!auth.api_keys_file.empty()) look_at_api_keys(config, found);
  look_at_certificates(config, found);
  return found;
}

}  // namespace tickgate::gateway
