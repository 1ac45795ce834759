// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "gateway/config/config_view.h"

namespace tickgate::gateway {

// What a gateway says of its configuration, as far as it shows it.
struct RunningConfig {
  std::string fingerprint;  // empty: it has no file
  ConfigView view;
};

// Of the text of /v1/config; another is refused, whatever it is.
absl::StatusOr<RunningConfig> read_running_config(std::string_view json);

}  // namespace tickgate::gateway
