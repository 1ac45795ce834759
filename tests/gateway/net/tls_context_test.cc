// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls_context.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "tests/support/test_certificate.h"

namespace tickgate::gateway {
namespace {

using std::chrono::hours;
using testing::make_certificate;
using testing::TemporaryFolder;

std::string error_of(const std::string& certificate, const std::string& key) {
  const auto loaded = TlsContext::load({certificate, key});
  return loaded.ok() ? "" : std::string(loaded.status().message());
}

#define EXPECT_CONTAINS(text, part) EXPECT_TRUE(absl::StrContains(text, part)) << (text)

}  // namespace

TEST(TlsContext, ReadsCertificateAndKeyAndTheirEnd) {
  const TemporaryFolder folder;
  const auto pair = make_certificate({.host = "localhost", .begins = hours(-1), .ends = hours(48)});
  const auto loaded =
      TlsContext::load({folder.write("c.pem", pair.certificate), folder.write("k.pem", pair.key)});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const auto left = (*loaded)->expires() - TlsContext::Clock::now();
  EXPECT_GT(left, hours(47));
  EXPECT_LE(left, hours(48));
}

TEST(TlsContext, RefusesAuthoritiesOfClientsThatAreNone) {
  const TemporaryFolder folder;
  const auto pair = make_certificate();
  const auto both = folder.write("both.pem", pair.certificate + pair.key);
  const auto error = [&](const std::string& authorities) {
    const auto loaded = TlsContext::load({both, both, authorities});
    return loaded.ok() ? "" : std::string(loaded.status().message());
  };
  EXPECT_EQ(error(folder.write("ca.pem", pair.certificate + make_certificate().certificate)), "");
  const auto key = folder.write("k.pem", pair.key);
  EXPECT_CONTAINS(error(key), key + ": no certificates");
  const auto cut = folder.write("cut.pem", pair.certificate + pair.certificate.substr(0, 200));
  EXPECT_CONTAINS(error(cut), cut + ": no certificates");
  EXPECT_CONTAINS(error(folder.path("missing.pem")), "No such file");
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

TEST(TlsContext, WarnsOfAKeyThatAnybodyReadsAndOfANearEnd) {
  const TemporaryFolder folder;
  const auto pair = make_certificate({.host = "a", .begins = hours(-1), .ends = hours(24 * 13)});
  const auto certificate = folder.write("c.pem", pair.certificate);
  const auto key = folder.write("k.pem", pair.key);
  ::chmod(key.c_str(), 0644);
  auto loaded = TlsContext::load({certificate, key});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_EQ((*loaded)->warnings().size(), 2U);
  EXPECT_CONTAINS((*loaded)->warnings()[0], "k.pem: anybody on this machine may read this key");
  EXPECT_CONTAINS((*loaded)->warnings()[1], "c.pem: ends at 20");
  ::chmod(key.c_str(), 0640);
  loaded = TlsContext::load({certificate, key});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->warnings().size(), 1U);
}

TEST(TlsContext, WarnsOfAChainThatIsNoneAndIsSilentAboutAGoodOne) {
  const TemporaryFolder folder;
  const auto pair = make_certificate({.ends = hours(24 * 90)}), other = make_certificate();
  const auto key = folder.write("k.pem", pair.key);
  ::chmod(key.c_str(), 0600);
  const auto good = TlsContext::load({folder.write("good.pem", pair.certificate), key});
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_TRUE((*good)->warnings().empty()) << (*good)->warnings()[0];
  const auto chain = folder.write("chain.pem", pair.certificate + other.certificate);
  const auto loaded = TlsContext::load({chain, key});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_EQ((*loaded)->warnings().size(), 1U);
  EXPECT_CONTAINS((*loaded)->warnings()[0], "chain.pem: certificate 2 did not sign the one before");
  const auto cut =
      folder.write("cut.pem", pair.certificate + "-----BEGIN CERTIFICATE-----\nAAAA\n");
  EXPECT_CONTAINS(error_of(cut, key), "cut.pem: no certificate in PEM form");
}

TEST(TlsContext, WarnsOfAChainThatIsShort) {
  const TemporaryFolder folder;
  const auto root = make_certificate({.host = "root", .ends = hours(24 * 90), .authority = true});
  const auto middle = make_certificate(
      {.host = "middle", .ends = hours(24 * 90), .authority = true, .issuer = &root});
  const auto leaf = make_certificate({.ends = hours(24 * 90), .issuer = &middle});
  const auto key = folder.write("k.pem", leaf.key);
  ::chmod(key.c_str(), 0600);
  const auto warnings = [&](const std::string& chain) {
    const auto loaded = TlsContext::load({folder.write("chain.pem", chain), key});
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return (*loaded)->warnings();
  };
  ASSERT_EQ(warnings(leaf.certificate).size(), 1U);
  EXPECT_CONTAINS(warnings(leaf.certificate)[0],
                  "chain.pem: the chain is short: it ends before \"CN = middle\"");
  ASSERT_EQ(warnings(leaf.certificate + middle.certificate).size(), 1U);
  EXPECT_CONTAINS(warnings(leaf.certificate + middle.certificate)[0], "\"CN = root\"");
  EXPECT_TRUE(warnings(leaf.certificate + middle.certificate + root.certificate).empty());
}

TEST(TlsContext, AuthoritiesOfClientsAreReadOrNamed) {
  const TemporaryFolder folder;
  const auto pair = make_certificate();
  const auto certificate = folder.write("c.pem", pair.certificate);
  const auto key = folder.write("k.pem", pair.key);
  ::chmod(key.c_str(), 0600);
  const auto error = [&](const std::string& authorities) {
    const auto loaded = TlsContext::load({certificate, key, authorities});
    return loaded.ok() ? "" : std::string(loaded.status().message());
  };
  EXPECT_EQ(error(certificate), "");
  EXPECT_CONTAINS(error(key), "k.pem: no certificates in PEM form");
  EXPECT_CONTAINS(error(folder.path("none")), "none: cannot be opened");
  const auto old = make_certificate({.begins = hours(-2), .ends = hours(-1), .authority = true});
  const auto loaded = TlsContext::load(
      {certificate, key, folder.write("ca.pem", pair.certificate + old.certificate)});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_CONTAINS((*loaded)->warnings().front(), "ca.pem: authority 2 expired at 20");
}

// What would wait for a writer that never comes, or never end.
TEST(TlsContext, WaitsForNoFifoAndNoDevice) {
  const TemporaryFolder folder;
  const auto pair = make_certificate();
  const auto certificate = folder.write("c.pem", pair.certificate);
  const auto fifo = folder.path("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_CONTAINS(error_of(certificate, fifo), fifo + ": not a regular file");
  EXPECT_CONTAINS(error_of(fifo, fifo), fifo + ": not a regular file");
  EXPECT_CONTAINS(error_of(certificate, "/dev/zero"), "/dev/zero: not a regular file");
  EXPECT_CONTAINS(error_of(certificate, folder.path("")), "not a regular file");
  const auto large = folder.write("large.pem", std::string((1U << 20U) + 1, 'a'));
  EXPECT_CONTAINS(error_of(certificate, large), "large.pem: larger than 1 MiB");
}

TEST(TlsContextHolder, NoticesChangedFilesWhenBothHaveSettled) {
  const TemporaryFolder folder;
  const auto pair = make_certificate(), next = make_certificate();
  TlsContextHolder holder(
      {folder.write("c.pem", pair.certificate), folder.write("k.pem", pair.key)});
  ASSERT_TRUE(holder.reload().ok());
  const auto first = holder.current();
  EXPECT_EQ(holder.poll(), std::nullopt);
  folder.write("c.pem", next.certificate);
  EXPECT_EQ(holder.poll(), std::nullopt);  // the key may be on its way
  folder.write("k.pem", next.key);
  EXPECT_EQ(holder.poll(), std::nullopt);
  EXPECT_EQ(holder.current(), first);
  const auto reloaded = holder.poll();
  ASSERT_TRUE(reloaded.has_value() && reloaded->ok());
  EXPECT_NE(holder.current(), first);
  EXPECT_EQ(holder.poll(), std::nullopt);
}

TEST(TlsContextHolder, ChangedFilesThatAreNoPairAreReportedOnce) {
  const TemporaryFolder folder;
  const auto pair = make_certificate();
  TlsContextHolder holder(
      {folder.write("c.pem", pair.certificate), folder.write("k.pem", pair.key)});
  ASSERT_TRUE(holder.reload().ok());
  const auto first = holder.current();
  ::unlink(folder.path("k.pem").c_str());
  EXPECT_EQ(holder.poll(), std::nullopt);
  const auto refused = holder.poll();
  ASSERT_TRUE(refused.has_value());
  EXPECT_FALSE(refused->ok());
  EXPECT_EQ(holder.poll(), std::nullopt);
  EXPECT_EQ(holder.poll(), std::nullopt);
  EXPECT_EQ(holder.current(), first);
}

TEST(TlsContextHolder, BadReloadKeepsTheOldOne) {
  const TemporaryFolder folder;
  const auto pair = make_certificate();
  TlsContextHolder holder(
      {folder.write("c.pem", pair.certificate), folder.write("k.pem", pair.key)});
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
