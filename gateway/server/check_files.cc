// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/check_files.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "gateway/api/admin_token.h"
#include "gateway/net/tls_context.h"
#include "gateway/server/auth_files.h"
#include "gateway/server/cluster.h"
#include "gateway/server/delay_lanes.h"
#include "gateway/server/feed_settings.h"

namespace tickgate::gateway {

FileFindings check_files(const Config& config) {
  FileFindings found;
  if (const auto& tls = config.server.tls) {
    const auto loaded = TlsContext::load({tls->certificate, tls->key, tls->client_ca});
    if (loaded.ok()) {
      found.warnings = (*loaded)->warnings();
    } else {
      found.errors.emplace_back(loaded.status().message());
    }
  }
  if (const auto& tls = config.server.admin_tls) {
    const auto loaded = TlsContext::load({tls->certificate, tls->key, tls->client_ca});
    if (loaded.ok()) {
      const auto& warnings = (*loaded)->warnings();
      found.warnings.insert(found.warnings.end(), warnings.begin(), warnings.end());
    } else {
      found.errors.emplace_back(loaded.status().message());
    }
  }
  if (const auto& file = config.server.admin_token_file; !file.empty()) {
    const auto loaded = AdminToken::load(file);
    if (!loaded.ok()) found.errors.emplace_back(loaded.status().message());
    if (loaded.ok() && !loaded->warning.empty()) found.warnings.push_back(loaded->warning);
  }
  if (!delays_of(config).empty()) {
    const auto made =
        feeds::DelayLog::make(feeds::DelayLog::kLeastBytes, config.auth->delay_directory, 1);
    if (!made.ok()) found.errors.emplace_back(made.status().message());
  }
  auto keys = look_at_auth(config);
  std::move(keys.errors.begin(), keys.errors.end(), std::back_inserter(found.errors));
  std::move(keys.warnings.begin(), keys.warnings.end(), std::back_inserter(found.warnings));
  found.held = std::move(keys.lines);
  if (const auto checked = Cluster::check(config); !checked.ok()) {
    found.errors.emplace_back(checked.message());
  }
  for (const auto& feed : config.feeds) {
    const auto status = feeds::check_files(feed_settings(feed));
    if (!status.ok()) found.errors.push_back(feed.name + ": " + std::string(status.message()));
  }
  return found;
}

}  // namespace tickgate::gateway
