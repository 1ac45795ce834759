// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/nats_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/test_certificate.h"

namespace tickgate::feeds {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using tickgate::testing::TemporaryFolder;

NatsOptions at(const std::string& url) {
  NatsOptions options;
  options.urls = {url};
  return options;
}

std::string why_not(const NatsOptions& options) {
  const auto status = check(options);
  return status.ok() ? "" : std::string(status.message());
}

TEST(NatsOptionsCheck, TakesHostsAndPorts) {
  for (const char* url : {"nats://a", "nats://10.0.0.5:4222", "tls://nats.example.com:4443",
                          "nats://[::1]:4222", "nats://[::1]"}) {
    EXPECT_EQ(why_not(at(url)), "") << url;
  }
}

TEST(NatsOptionsCheck, RefusesWhatIsNoUrlOfAServer) {
  for (const char* url :
       {"", "a:4222", "http://a", "nats://", "nats://:4222", "nats://a:0", "nats://a:65536",
        "nats://a:b", "nats://a:", "nats://a/b", "nats://a?b", "nats://a, nats://b"}) {
    EXPECT_THAT(why_not(at(url)), HasSubstr("url: ")) << url;
  }
  EXPECT_EQ(why_not({}), "url: at least one");
}

TEST(NatsOptionsCheck, APasswordInAUrlIsRefusedAndNotShown) {
  const auto why = why_not(at("nats://ann:hunter2@a:4222"));
  EXPECT_THAT(why, HasSubstr("password_file"));
  EXPECT_THAT(why, Not(HasSubstr("hunter2")));
  EXPECT_THAT(why, Not(HasSubstr("ann")));
}

TEST(NatsOptionsCheck, OneWayToSayWhoWeAre) {
  const TemporaryFolder folder;
  auto options = at("nats://a");
  options.user = "ann";
  EXPECT_EQ(why_not(options), "user and password_file: both or neither");
  options.password_file = folder.write("password", "hunter2\n");
  EXPECT_EQ(why_not(options), "");
  options.nkey_file = options.password_file;
  EXPECT_THAT(why_not(options), HasSubstr("one of"));
  options.user.clear();
  EXPECT_THAT(why_not(options), HasSubstr("one of"));
}

TEST(NatsOptionsCheck, FilesHaveToHoldWhatTheyAreFor) {
  const TemporaryFolder folder;
  const auto wrong = folder.write("wrong", "hunter2");
  auto options = at("nats://a");
  options.credentials_file = folder.path("missing");
  EXPECT_THAT(why_not(options), HasSubstr("credentials_file: "));
  options = at("nats://a");
  options.nkey_file = wrong;
  EXPECT_THAT(why_not(options), HasSubstr("nkey_file: "));
  EXPECT_THAT(why_not(options), Not(HasSubstr("hunter2")));
  options = at("nats://a");
  options.user = "ann";
  options.password_file = folder.write("empty", "\n");
  EXPECT_THAT(why_not(options), HasSubstr("password_file: "));
  options = at("nats://a");
  options.ca_file = wrong;
  EXPECT_THAT(why_not(options), HasSubstr("ca_file: "));
  options = at("nats://a");
  options.certificate = wrong;
  EXPECT_EQ(why_not(options), "certificate and key: both or neither");
  options.key = wrong;
  EXPECT_THAT(why_not(options), HasSubstr("certificate, key: "));
}

}  // namespace
}  // namespace tickgate::feeds
