// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tickgate::gateway {

// Packs a text as gzip, in pieces as they come. One thread.
class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();

  // Each appends what is packed by then.
  void add(std::string_view text, std::string& out);
  void finish(std::string& out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

// All of it at once.
std::string gzipped(std::string_view text);

}  // namespace tickgate::gateway
