// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include "gateway/config/yaml_reader.h"

namespace tickgate::gateway {

// Where the value of a key stands in its file.
struct KeyPlace {
  int line = 0;
  std::string source;  // as it is written, where that is not the value: it names a variable
};

// By path: "server.shards", "feeds[1].symbols[0]".
using KeyPlaces = std::map<std::string, KeyPlace, std::less<>>;

KeyPlaces key_places(const YamlNode& root);

}  // namespace tickgate::gateway
