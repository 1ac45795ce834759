// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "gateway/access/check_counts.h"
#include "gateway/access/guard.h"
#include "gateway/api/metric_families.h"
#include "gateway/config/config.h"
#include "gateway/net/file_watch.h"
#include "gateway/server/auth_files.h"
#include "gateway/server/key_fetcher.h"

namespace tickgate::gateway {

// Whom the gateway asks who may have what, made anew whenever its files, its configuration or the
// keys of its URL change. Main thread.
class Credentials {
 public:
  explicit Credentials(boost::asio::io_context& io) : fetcher_(io, [this] { replace_guard(); }) {}

  // At the start. An error names the file that cannot be used; a URL that does not answer is none.
  absl::Status start(const Config& config);
  // Another configuration, with `auth` as before or without as before. Reads the files that it
  // names for the first time. On an error all stays.
  absl::Status take(const Config& next);
  // Reads the files again: SIGHUP. One that cannot be used leaves what was read of it before, but
  // for API keys that are gone from it.
  void read_again();
  // Call it again and again: the same, of each that changed and rests since the last call. What is
  // revoked by a file is so after two calls.
  void look();
  void stop() { fetcher_.stop(); }

  // For shards: null without `auth`, which stays so. The holder's guard is never null.
  const GuardHolder* guard() const { return config_.auth.has_value() ? &holder_ : nullptr; }
  // For /metrics.
  void collect(MetricFamilies& families) const;

 private:
  void read_jwks();
  void read_api_keys();
  void replace_guard();

  Config config_;  // of it only `auth` and `plans`
  KeysOfFile<KeySet> token_keys_;
  KeysOfFile<ApiKeys> api_keys_;
  bool jwks_good_ = true, api_keys_good_ = true;  // as they were last read
  FileWatch jwks_watch_{{}}, api_keys_watch_{{}};
  CheckCounts counts_;
  KeyFetcher fetcher_;
  GuardHolder holder_;
};

}  // namespace tickgate::gateway
