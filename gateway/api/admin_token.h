// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "gateway/access/sha256.h"

namespace tickgate::gateway {

// The token that opens the admin port. It is forgotten once it is read: what stays is its SHA-256.
// Immutable.
class AdminToken {
 public:
  static constexpr std::size_t kLeast = 16, kMost = 4'096;  // characters

  struct Loaded;
  // Of a regular file of one line: kLeast to kMost visible ASCII characters. The error names the
  // file, and never what stands in it.
  static absl::StatusOr<Loaded> load(const std::string& file);

  // Is this it? Takes as long for any text of the same length, whatever it has in common with it.
  bool opens(std::string_view credential) const;

 private:
  explicit AdminToken(std::string_view token) : digest_(sha256(token)) {}

  Digest digest_;
};

struct AdminToken::Loaded {
  AdminToken token;
  std::string warning;  // what an operator should mend; empty: nothing
};

}  // namespace tickgate::gateway
