// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/key_places.h"

namespace tickgate::gateway {
namespace {

void note(const YamlNode& node, int line, const std::string& path, KeyPlaces& places) {
  places[path] = {line, node.source == node.text ? std::string() : node.source};
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    note(node.items[i], node.items[i].line, path + "[" + std::to_string(i) + "]", places);
  }
  for (const auto& entry : node.entries) {
    note(entry.value, entry.line, yaml_path(path, entry.key), places);
  }
}

}  // namespace

KeyPlaces key_places(const YamlNode& root) {
  KeyPlaces places;
  note(root, root.line, "", places);
  return places;
}

}  // namespace tickgate::gateway
