// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/credentials.h"

#include <utility>

#include "gateway/access/credential_guard.h"
#include "gateway/log/log.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

Config only_auth(const Config& config) {
  Config out;
  out.auth = config.auth;
  out.plans = config.plans;
  return out;
}

void warn(const std::vector<std::string>& warnings) {
  for (const auto& warning : warnings) log::warning("gateway", "keys", {{"warning", warning}});
}

// What was read of a file before stays where it cannot be read now; nothing if there is none.
template <typename Keys>
absl::Status load(const std::string& path, const std::string& before, KeysOfFile<Keys>& keys,
                  absl::StatusOr<KeysOfFile<Keys>> (*read)(const std::string&)) {
  if (path == before) return absl::OkStatus();
  if (path.empty()) {
    keys = {};
    return absl::OkStatus();
  }
  auto loaded = read(path);
  if (!loaded.ok()) return loaded.status();
  keys = *std::move(loaded);
  return absl::OkStatus();
}

template <typename Keys>
bool read_anew(const std::string& path, KeysOfFile<Keys>& keys,
               absl::StatusOr<KeysOfFile<Keys>> (*read)(const std::string&)) {
  if (path.empty()) return true;
  auto loaded = read(path);
  if (!loaded.ok()) {
    log::error("gateway", "keys not reloaded, the old ones stay",
               {{"error", schemas::to_std(loaded.status().message())}});
    return false;
  }
  keys = *std::move(loaded);
  log::info("gateway", "keys reloaded", {{"file", path}});
  warn(keys.warnings);
  return true;
}

// Nothing that is new in a bad file is taken in, but who is gone from it is gone: a key is revoked
// though another line be wrong.
void drop_gone(const std::string& path, KeysOfFile<ApiKeys>& keys) {
  if (keys.keys == nullptr) return;
  auto still = still_in_file(path, *keys.keys);
  if (still == nullptr) return;
  const auto gone = keys.keys->all().size() - still->all().size();
  if (gone > 0) {
    log::warning("gateway", "keys that are gone from the file are taken away all the same",
                 {{"file", path}, {"keys", gone}});
  }
  keys.keys = std::move(still);
}

FileWatch watch_of(const std::string& path) {
  FileWatch file(path.empty() ? std::vector<std::string>() : std::vector{path});
  file.note_read();
  return file;
}

}  // namespace

absl::Status Credentials::start(const Config& config) {
  if (!config.auth.has_value()) {
    log::info("gateway", "without auth in its configuration everybody may have everything");
    return absl::OkStatus();
  }
  if (auto taken = take(config); !taken.ok()) return taken;
  log::info("gateway", "credentials are asked for",
            {{"token_keys", token_keys_.keys == nullptr ? 0 : token_keys_.keys->keys.size()},
             {"api_keys", api_keys_.keys == nullptr ? 0 : api_keys_.keys->all().size()},
             {"plans", config.plans.size()},
             {"by_url", !config.auth->jwks_url.empty()}});
  return absl::OkStatus();
}

absl::Status Credentials::take(const Config& next) {
  if (!next.auth.has_value()) return absl::OkStatus();
  const auto running = config_.auth.value_or(AuthConfig{});
  if (config_.auth == next.auth && config_.plans == next.plans) return absl::OkStatus();
  const auto& auth = *next.auth;
  auto jwks_watch = watch_of(auth.jwks_file);  // before they are read
  auto api_keys_watch = watch_of(auth.api_keys_file);
  auto token_keys = token_keys_;
  auto api_keys = api_keys_;
  if (auto loaded = load(auth.jwks_file, running.jwks_file, token_keys, load_jwks); !loaded.ok()) {
    return loaded;
  }
  if (auto loaded = load(auth.api_keys_file, running.api_keys_file, api_keys, load_api_keys);
      !loaded.ok()) {
    return loaded;
  }
  if (auto used = fetcher_.use(auth.jwks_url); !used.ok()) return used;
  if (auth.jwks_file != running.jwks_file) warn(token_keys.warnings);
  if (auth.api_keys_file != running.api_keys_file) warn(api_keys.warnings);
  token_keys_ = std::move(token_keys);
  api_keys_ = std::move(api_keys);
  config_ = only_auth(next);
  if (auth.jwks_file != running.jwks_file) jwks_watch_ = std::move(jwks_watch);
  if (auth.api_keys_file != running.api_keys_file) api_keys_watch_ = std::move(api_keys_watch);
  replace_guard();
  return absl::OkStatus();
}

void Credentials::read_again() {
  if (!config_.auth.has_value()) return;
  read_jwks();
  read_api_keys();
  replace_guard();
}

// Each by itself: a file that is written all the time keeps no other one from being read.
void Credentials::look() {
  if (!config_.auth.has_value()) return;
  const bool jwks = jwks_watch_.changed();
  const bool api_keys = api_keys_watch_.changed();
  if (jwks) read_jwks();
  if (api_keys) read_api_keys();
  if (jwks || api_keys) replace_guard();
}

void Credentials::read_jwks() {
  jwks_watch_.note_read();
  jwks_good_ = read_anew(config_.auth->jwks_file, token_keys_, load_jwks);
}

void Credentials::read_api_keys() {
  api_keys_watch_.note_read();
  api_keys_good_ = read_anew(config_.auth->api_keys_file, api_keys_, load_api_keys);
  if (!api_keys_good_) drop_gone(config_.auth->api_keys_file, api_keys_);
}

void Credentials::replace_guard() {
  auto settings = guard_settings(config_);
  auto keys = std::make_shared<KeySet>();
  if (token_keys_.keys != nullptr) *keys = *token_keys_.keys;
  if (const auto fetched = fetcher_.keys().keys()) keys->add(*fetched);
  settings.keys = std::move(keys);
  settings.leaving = fetcher_.keys().leaving();
  settings.api_keys = api_keys_.keys;
  settings.demand = fetcher_.demand();
  settings.counts = &counts_;
  holder_.replace(std::make_shared<const CredentialGuard>(std::move(settings)));
}

void Credentials::collect(MetricFamilies& families) const {
  if (!config_.auth.has_value()) return;
  for (std::size_t i = 0; i < kCheckResults; ++i) {
    const auto result = static_cast<CheckResult>(i);
    families.counter("auth_checks_total", "credentials looked at, by what came of it",
                     static_cast<double>(counts_.of(result)), {{"result", name(result)}});
  }
  const auto held = [&](std::string_view source, const std::string& from, std::size_t count) {
    if (from.empty()) return;
    families.gauge("auth_keys", "keys held, by where they come from", static_cast<double>(count),
                   {{"source", source}});
  };
  const auto fetched = fetcher_.keys().keys();
  held("jwks_file", config_.auth->jwks_file,
       token_keys_.keys == nullptr ? 0 : token_keys_.keys->keys.size());
  held("jwks_url", config_.auth->jwks_url, fetched == nullptr ? 0 : fetched->keys.size());
  held("api_keys_file", config_.auth->api_keys_file,
       api_keys_.keys == nullptr ? 0 : api_keys_.keys->all().size());
  families.gauge("auth_files_last_reload_successful",
                 "1 while the files of keys as they were last read are in force",
                 jwks_good_ && api_keys_good_ ? 1 : 0);
  fetcher_.collect(families);
}

}  // namespace tickgate::gateway
