// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/cli/command_page.h"

// The manual, in the macros of man(7), made of the tables that the program itself reads.
namespace tickgate::gateway {

// tickgate(1)
std::string command_manual(const std::vector<CommandPage>& pages, std::string_view version);
// tickgate.yaml(5)
std::string config_manual(std::string_view version);

}  // namespace tickgate::gateway
