// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/config/config.h"
#include "gateway/config/yaml_section.h"

namespace tickgate::gateway {

// `publish`, and the feed of venue nats, whose section that is. What is wrong goes to the problems
// of the section.
void read_publish(YamlSection& root, Config& config);
void read_edge(YamlSection section, EdgeConfig& edge);
// Of all that is read: what an edge does not have beside it. `root` is asked for what stands there.
void check_edge(YamlSection& root, const Config& config);

}  // namespace tickgate::gateway
