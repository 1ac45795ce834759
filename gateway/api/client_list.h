// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gateway/shard/client_survey.h"

namespace tickgate::gateway {

// The answer to /v1/clients, with the fields of gateway/api/README.md: by shard, nullopt of one
// that did not answer.
std::string client_list_json(std::vector<std::optional<ClientSurvey::Found>> shards,
                             std::size_t most, schemas::Timestamp now);

}  // namespace tickgate::gateway
