// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/access/api_key.h"
#include "gateway/access/credential_guard.h"
#include "gateway/access/key_set.h"
#include "gateway/config/config.h"

namespace tickgate::gateway {

// A file of keys as it was read; warnings are for the operator, each with the file's name.
template <typename Keys>
struct KeysOfFile {
  std::shared_ptr<const Keys> keys;
  std::vector<std::string> warnings;
};

// Errors name the file, and nothing that is secret. Neither waits for anybody.
absl::StatusOr<KeysOfFile<KeySet>> load_jwks(const std::string& path);
absl::StatusOr<KeysOfFile<ApiKeys>> load_api_keys(const std::string& path);
// After that failed: what the file still has of these keys (ApiKeys::still_in); null: it cannot be
// read either, or others may write into it.
std::shared_ptr<const ApiKeys> still_in_file(const std::string& path, const ApiKeys& keys);

// What a guard goes by, but for the keys themselves: of `auth` and `plans`, of which the first is
// there.
GuardSettings guard_settings(const Config& config);

// For `check`: what the files hold, a line each; errors and warnings are appended.
struct AuthFindings {
  std::vector<std::string> lines, warnings, errors;
};
AuthFindings look_at_auth(const Config& config);

}  // namespace tickgate::gateway
