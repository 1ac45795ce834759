// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace tickgate::testing {

struct TestCertificate;

struct CertificateOptions {
  std::string host = "localhost";           // subject and alternative name, beside 127.0.0.1
  std::chrono::seconds begins{-3600};       // from now
  std::chrono::seconds ends{3600};          // from now
  bool authority = false;                   // may sign others
  const TestCertificate* issuer = nullptr;  // null: it signs itself
  std::string more_names{};                 // of the alternative names: ",URI:a"
};

struct TestCertificate {
  std::string certificate;  // PEM
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
