// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/check_files.h"

#include "gateway/net/tls_context.h"
#include "gateway/server/feed_settings.h"

namespace tickgate::gateway {

FileFindings check_files(const Config& config) {
  FileFindings found;
  if (const auto& tls = config.server.tls) {
    const auto loaded = TlsContext::load(tls->certificate, tls->key);
    if (loaded.ok()) {
      found.warnings = (*loaded)->warnings();
    } else {
      found.errors.emplace_back(loaded.status().message());
    }
  }
  for (const auto& feed : config.feeds) {
    const auto status = feeds::check_files(feed_settings(feed));
    if (!status.ok()) found.errors.push_back(feed.name + ": " + std::string(status.message()));
  }
  return found;
}

}  // namespace tickgate::gateway
