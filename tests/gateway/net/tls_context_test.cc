// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls_context.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "tests/support/test_certificate.h"

namespace tickgate::gateway {
namespace {

using std::chrono::hours;
using testing::make_certificate;
using testing::TemporaryFolder;

std::string error_of(const std::string& certificate, const std::string& key) {
  const auto loaded = TlsContext::load(certificate, key);
  return loaded.ok() ? "" : std::string(loaded.status().message());
}

#define EXPECT_CONTAINS(text, part) EXPECT_TRUE(absl::StrContains(text, part)) << (text)

}  // namespace

TEST(TlsContext, ReadsCertificateAndKeyAndTheirEnd) {
  const TemporaryFolder folder;
  const auto pair = make_certificate({.host = "localhost", .begins = hours(-1), .ends = hours(48)});
  const auto loaded =
      TlsContext::load(folder.write("c.pem", pair.certificate), folder.write("k.pem", pair.key));
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const auto left = (*loaded)->expires() - TlsContext::Clock::now();
  EXPECT_GT(left, hours(47));
  EXPECT_LE(left, hours(48));
}

TEST(TlsContext, ChainAndKeyMayBeOneFile) {
  const TemporaryFolder folder;
  const auto pair = make_certificate();
  const auto both = folder.write("both.pem", pair.certificate + pair.key);
  EXPECT_EQ(error_of(both, both), "");
}

TEST(TlsContext, RefusalNamesTheFileAndWhatIsWrong) {
  const TemporaryFolder folder;
  const auto pair = make_certificate(), other = make_certificate();
  const auto certificate = folder.write("c.pem", pair.certificate);
  const auto key = folder.write("k.pem", pair.key);
  const auto missing = folder.path("missing.pem");
  EXPECT_CONTAINS(error_of(missing, key), missing);
  EXPECT_CONTAINS(error_of(missing, key), "No such file");
  EXPECT_CONTAINS(error_of(certificate, missing), missing + ": ");
  EXPECT_CONTAINS(error_of(key, key), key + ": no certificate");
  EXPECT_CONTAINS(error_of(certificate, certificate), certificate + ": no key");
  const auto empty = folder.write("empty.pem", "");
  EXPECT_CONTAINS(error_of(empty, key), empty);
  const auto foreign = folder.write("foreign.pem", other.key);
  EXPECT_CONTAINS(error_of(certificate, foreign), foreign);
  EXPECT_CONTAINS(error_of(certificate, foreign), "mismatch");
  const auto encrypted = folder.write("encrypted.pem", pair.encrypted_key());
  EXPECT_CONTAINS(error_of(certificate, encrypted), encrypted + ": the key is encrypted");
}

TEST(TlsContext, CertificateThatIsNotValidNowIsRefused) {
  const TemporaryFolder folder;
  const auto old = make_certificate({.host = "a", .begins = hours(-2), .ends = hours(-1)});
  const auto early = make_certificate({.host = "a", .begins = hours(1), .ends = hours(2)});
  EXPECT_CONTAINS(error_of(folder.write("c1", old.certificate), folder.write("k1", old.key)),
                  "c1: expired at 20");
  EXPECT_CONTAINS(error_of(folder.write("c2", early.certificate), folder.write("k2", early.key)),
                  "c2: not valid before 20");
}

TEST(TlsContextHolder, BadReloadKeepsTheOldOne) {
  const TemporaryFolder folder;
  const auto pair = make_certificate();
  TlsContextHolder holder(folder.write("c.pem", pair.certificate), folder.write("k.pem", pair.key));
  EXPECT_EQ(holder.current(), nullptr);
  ASSERT_TRUE(holder.reload().ok());
  const auto first = holder.current();
  ASSERT_NE(first, nullptr);
  folder.write("k.pem", "no key");
  EXPECT_FALSE(holder.reload().ok());
  EXPECT_EQ(holder.current(), first);
  folder.write("k.pem", pair.key);
  EXPECT_TRUE(holder.reload().ok());
  EXPECT_NE(holder.current(), first);
}

}  // namespace tickgate::gateway
