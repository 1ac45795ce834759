// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace boost::asio::ssl {
class context;
}

namespace tickgate::feeds {

// Whom we believe: the system's certificate authorities and, if named, those of one more file.
// TLS 1.2 or newer; chain and name are always verified, there is no way to ask for less.
class TlsTrust {
 public:
  // `ca_file`: PEM; empty: the system's only. An error names the file.
  static absl::StatusOr<TlsTrust> create(const std::string& ca_file);

  boost::asio::ssl::context& context() const { return *context_; }

 private:
  explicit TlsTrust(std::shared_ptr<boost::asio::ssl::context> context)
      : context_(std::move(context)) {}

  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace tickgate::feeds
