// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/config.h"
#include "gateway/config/key_places.h"

namespace tickgate::gateway {

// What a configuration was read from.
struct ConfigFile {
  std::string path;         // empty: there is none
  std::string fingerprint;  // SHA-256 of the bytes, as sha256sum prints it
  KeyPlaces places;
};

struct LoadResult {
  Config config;                    // to be used only when there are no errors
  ConfigFile file;                  // likewise
  std::vector<std::string> errors;  // `file:line: key: what was expected, got "..."`, all of them

  bool ok() const { return errors.empty(); }
};

// Reads a YAML file strictly: an unknown or duplicate key, a wrong type, a value out of range or at
// odds with another, an alias, a missing environment variable is an error, never a guess. Paths in
// it are relative to the working directory and must be readable now.
LoadResult load_config(const std::string& path);

// The same for a text; `file` stands in the messages. `descriptor_limit` is what the process may
// have open at once, against which limits.connections is held.
LoadResult parse_config(std::string_view text, std::string_view file,
                        std::uint64_t descriptor_limit);

}  // namespace tickgate::gateway
