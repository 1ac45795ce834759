// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace tickgate::testing {

struct CertificateOptions {
  std::string host = "localhost";      // subject and alternative name, beside 127.0.0.1
  std::chrono::seconds begins{-3600};  // from now
  std::chrono::seconds ends{3600};     // from now
};

struct TestCertificate {
  std::string certificate;  // PEM, self-signed: it is its own authority
  std::string key;          // PEM, P-256

  // The key encrypted with "password".
  std::string encrypted_key() const;
};

TestCertificate make_certificate(const CertificateOptions& options = {});

// A folder of its own for a test, removed with all in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  // Writes a file, or overwrites it; returns its path.
  std::string write(const std::string& name, const std::string& content) const;
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

}  // namespace tickgate::testing
