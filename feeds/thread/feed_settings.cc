// SPDX-License-Identifier: Apache-2.0
#include "feeds/thread/feed_settings.h"

#include "feeds/capture/capture_reader.h"
#include "feeds/net/proxy.h"
#include "feeds/net/tls_trust.h"

namespace tickgate::feeds {

AdapterSettings second_line(const FeedSettings& settings, const std::vector<std::string>& pairs) {
  auto adapter = settings.adapter;
  adapter.pairs = pairs;
  const auto& [websocket_url, rest_url] = settings.second;
  if (!websocket_url.empty()) adapter.websocket_url = websocket_url;
  if (!rest_url.empty()) adapter.rest_url = rest_url;
  return adapter;
}

absl::Status check_files(const FeedSettings& settings) {
  if (!settings.capture.path.empty()) return CaptureReader::open(settings.capture.path).status();
  if (settings.make_source) return absl::OkStatus();
  if (auto trust = TlsTrust::create(settings.ca_file); !trust.ok()) return trust.status();
  return ProxyRules::create(settings.proxy, environment_variable).status();
}

}  // namespace tickgate::feeds
