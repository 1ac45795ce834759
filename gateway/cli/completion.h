// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/cli/command_page.h"

namespace tickgate::gateway {

// What makes a shell, "bash", "zsh" or "fish", complete these commands, their flags, and the words
// and files that these take.
std::string completion(std::string_view shell, const std::vector<CommandPage>& pages);

}  // namespace tickgate::gateway
