// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "feeds/net/url.h"

namespace tickgate::gateway {

struct AdminResponse {
  unsigned status = 0;
  std::string content_type;
  std::string body;
};

// GET over plain HTTP/1.1, blocking: for commands that ask a running gateway. `target` stands
// behind the path of `base`. Each wait ends after 5 s, all of it after 15; 4 MiB at most. An error
// says what did not work, for a person.
absl::StatusOr<AdminResponse> ask_admin(const feeds::Url& base, std::string_view target);

}  // namespace tickgate::gateway
