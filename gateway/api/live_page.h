// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/api/page_writer.h"
#include "gateway/http/http_request_reader.h"

namespace tickgate::gateway {

struct PageFile {
  std::string_view name;
  std::string_view text;
};

// Those of the folder page/, which the build makes a part of the program.
inline constexpr std::size_t kPageFileCount = 5;
extern const PageFile kPageFiles[kPageFileCount];

// What a browser gets at /: a table of the market, live. It loads nothing from elsewhere, and is
// allowed to.
class LivePage {
 public:
  LivePage();

  // The page, for / asked for by a browser; a file of it, for /live/...; nullopt: neither.
  std::optional<std::string> answer(const HttpRequest& request) const;

 private:
  struct File {
    std::string path;
    std::string_view content_type;
    KeptPage plain, packed;
  };
  std::array<File, kPageFileCount> files_;
};

}  // namespace tickgate::gateway
