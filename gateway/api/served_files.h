// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/api/page_writer.h"
#include "gateway/http/http_request_reader.h"

namespace tickgate::gateway {

// A file of the tree that the build made a part of the program; CMakeLists.txt has their list.
struct ServedSource {
  std::string_view path;  // of its URL
  std::string_view name;  // of the file; how it ends says what it is
  std::string_view text;
};
std::span<const ServedSource> served_sources();

// What the public port gives as it stands in the tree: the page and its files, the contract, the
// client. Packed once, when the first shard is made; never changed, so all threads read the one.
class ServedFiles {
 public:
  static const ServedFiles& instance();

  // nullopt: no such file; or "/" where the request is not a browser's.
  std::optional<std::string> answer(const HttpRequest& request) const;

 private:
  ServedFiles();

  struct File {
    std::string_view path;
    std::string_view content_type;
    KeptPage plain, packed;
  };
  std::vector<File> files_;
};

}  // namespace tickgate::gateway
