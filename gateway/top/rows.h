// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "gateway/top/layout.h"
#include "gateway/top/table.h"

// The parts of the picture.
namespace tickgate::gateway {

// "14:02:11"
std::string time_text(std::chrono::system_clock::time_point time);

std::vector<StyledLine> summary_lines(const Model& model, const Situation& situation);
Table feed_table(const Model& model);
Table client_table(const Model& model, ClientOrder order);
std::string_view order_text(ClientOrder order);
std::vector<StyledLine> help_lines();

}  // namespace tickgate::gateway
