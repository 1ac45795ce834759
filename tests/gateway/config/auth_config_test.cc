// SPDX-License-Identifier: Apache-2.0
// What stands under `auth` and `plans`, each mistake in it, and what a reload makes of a change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/config/auth_values.h"
#include "gateway/config/config_diff.h"
#include "gateway/config/config_loader.h"
#include "gateway/config/keep_fixed.h"

namespace tickgate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kFile = TICKGATE_TEST_DATA "/access/keys.json";

LoadResult parse(const std::string& text) {
  return parse_config("feeds: [{venue: kraken, symbols: [BTC-USD]}]\n" + text, "t.yaml", 1'000'000);
}

TEST(AuthValues, ACertificateIsANameAndPerhapsAPlan) {
  EXPECT_EQ(parse_certificate("CN=desk-7")->name, "CN=desk-7");
  EXPECT_EQ(parse_certificate("CN=desk-7")->plan, "");
  const auto mapped = parse_certificate("URI:spiffe://a/b as pro");
  EXPECT_EQ(mapped->name, "URI:spiffe://a/b");
  EXPECT_EQ(mapped->plan, "pro");
  EXPECT_EQ(parse_certificate("CN=such as us all as basic")->name, "CN=such as us all");
  for (const char* bad : {"", "CN=", "desk-7", "O=acme", "DNS: as pro", " CN=a"}) {
    EXPECT_FALSE(parse_certificate(bad).has_value() && *bad != 'D') << bad;
  }
}

TEST(AuthConfig, ReadsWhatThereIs) {
  const auto result = parse("auth:\n  jwks_file: " + kFile +
                            "\n  issuer: https://i\n  audience: a\n  time: 2s\n  denied: [x]\n"
                            "  defaults: {depth: 5}\n"
                            "plans:\n  basic: {symbols: ['KRAKEN:*'], delay: 15m}\n  Pro_2:\n");
  ASSERT_THAT(result.errors, IsEmpty());
  ASSERT_TRUE(result.config.auth.has_value());
  const auto& auth = *result.config.auth;
  EXPECT_EQ(auth.jwks_file, kFile);
  EXPECT_EQ(auth.issuer, "https://i");
  EXPECT_EQ(auth.time, seconds(2));
  EXPECT_EQ(auth.token_lifetime, hours(8784));
  EXPECT_THAT(auth.denied, ElementsAre("x"));
  EXPECT_EQ(auth.defaults.depth, 5U);
  EXPECT_THAT(auth.defaults.said, ElementsAre("depth"));
  ASSERT_EQ(result.config.plans.size(), 2U);
  EXPECT_EQ(result.config.plans[0].name, "basic");
  EXPECT_EQ(result.config.plans[0].delay, seconds(900));
  EXPECT_THAT(result.config.plans[0].said, ElementsAre("symbols", "delay"));
  EXPECT_THAT(result.config.plans[1].said, IsEmpty());
}

TEST(AuthConfig, WithoutItThereIsNone) {
  EXPECT_FALSE(parse("").config.auth.has_value());
  EXPECT_THAT(parse("plans: {a: {depth: 1}}").errors, IsEmpty());
}

struct Mistake {
  std::string text, error;
};

TEST(AuthConfig, SaysWhatIsWrong) {
  const std::string file = "jwks_file: " + kFile;
  const std::vector<Mistake> mistakes = {
      {"auth: {}", "auth.jwks_file: missing, expected it, jwks_url, api_keys_file or certificates"},
      {"auth: 5", "auth: expected a map"},
      {"auth: {jwks_file: /nowhere}", "auth.jwks_file: expected a readable file"},
      {"auth: {jwks_url: 'http://example.com/', issuer: i, audience: a}",
       "auth.jwks_url: expected"},
      {"auth: {jwks_url: 'https://example.com/'}",
       "auth.issuer: missing, expected it beside jwks_url"},
      {"auth: {" + file + ", time: 1ms}", "auth.time: expected a duration"},
      {"auth: {" + file + ", denied: ['']}", "auth.denied[0]: expected a subject"},
      {"auth: {certificates: ['CN=a as x', 'DNS:a as y', 'CN=a as y']}",
       "auth.certificates[2]: expected another name"},
      {"auth: {" + file + ", isuer: x}", "auth.isuer: unknown key, did you mean \"issuer\"?"},
      {"auth: {" + file + ", defaults: {symbol: []}}", "auth.defaults.symbol: unknown key"},
      {"plans: [a]", "plans: expected a map"},
      {"plans: {'a b': {}}", "expected a plan's name"},
      {"plans: {a: {symbols: ['KRAKEN*']}}", "plans.a.symbols[0]: expected a symbol like"},
      {"plans: {a: {symbols: []}}", "plans.a.symbols: expected a list of symbols"},
      {"plans: {a: {channels: [qoute]}}", "plans.a.channels[0]: expected quote, trade"},
      {"plans: {a: {depth: 5001}}", "plans.a.depth: expected a whole number from 1 to 5000"},
      {"plans: {a: {delay: 1500ms}}", "plans.a.delay: expected whole seconds"},
  };
  for (const auto& [text, error] : mistakes) {
    const auto result = parse(text);
    ASSERT_THAT(result.errors, ::testing::Not(IsEmpty())) << text;
    EXPECT_THAT(result.errors.front(), HasSubstr(error)) << text;
  }
}

TEST(AuthConfig, ADeniedSubjectMayBeDeniedWhatWasBefore) {
  EXPECT_EQ(parse_denied("acme")->subject, "acme");
  EXPECT_EQ(parse_denied("acme")->before, std::nullopt);
  const auto before = parse_denied("a before b before 1970-01-01T00:00:01Z");
  EXPECT_EQ(before->subject, "a before b");
  EXPECT_EQ(before->before, schemas::Timestamp{1'000'000});
  const auto date = parse_denied("acme \tBefore  1970-01-02");
  EXPECT_EQ(date->subject, "acme");
  EXPECT_EQ(date->before, schemas::Timestamp{86'400'000'000});
  EXPECT_EQ(parse_denied("before")->before, std::nullopt);
  EXPECT_EQ(parse_denied("beforehand x")->subject, "beforehand x");
  EXPECT_EQ(parse_denied(""), std::nullopt);
  EXPECT_EQ(parse_denied(std::string(257, 'a')), std::nullopt);
}

TEST(AuthConfig, ATimeThatIsWrittenWrongIsNoPartOfASubject) {
  for (const char* const bad :
       {"acme before lunch", "acme before 2027-01-01T00:00:00", "acme  before 2027-13-01",
        "acme before  2027-01-01 00:00", "acme before", "acme\tbefore\tnoon", "before 2027-01-01",
        "acme BEFORE 01.01.2027", "acme before 2027-01-01T00:00:00Z or so"}) {
    EXPECT_EQ(parse_denied(bad), std::nullopt) << bad;
    const auto read = parse("auth: {jwks_file: " + kFile + ", denied: ['" + bad + "']}");
    EXPECT_THAT(read.errors, ElementsAre(HasSubstr("auth.denied[0]: expected a subject"))) << bad;
  }
}

std::vector<std::string> changes(const std::string& before, const std::string& after) {
  std::vector<std::string> lines;
  for (const auto& change :
       config_diff(config_view(parse(before).config), config_view(parse(after).config))) {
    lines.push_back(change.line());
  }
  return lines;
}

TEST(AuthConfig, AReloadSaysWhatChanged) {
  const std::string auth = "auth: {jwks_file: " + kFile + ", denied: [x]}\n";
  EXPECT_THAT(changes("", auth), ElementsAre("! auth is new: needs a restart"));
  EXPECT_THAT(changes(auth, ""), ElementsAre("! auth is gone: needs a restart"));
  EXPECT_THAT(changes(auth, "auth: {jwks_file: " + kFile + ", denied: [x, y], issuer: i}\n"),
              ElementsAre("~ auth.issuer nothing -> i", "+ auth.denied: y"));
  EXPECT_THAT(changes(auth, "auth: {jwks_file: " + kFile + ", denied: [x], defaults: {depth: 25}}"),
              ElementsAre("~ auth.defaults.depth nothing -> 25"));
  EXPECT_THAT(
      changes("plans: {a: {depth: 5}, b: {}}", "plans: {a: {depth: 6}, c: {}}"),
      ElementsAre("- plan b (who has it has nothing)", "~ plan a: depth 5 -> 6", "+ plan c"));
}

TEST(AuthConfig, ARunningGatewayNeitherBeginsWithItNorEndsIt) {
  const auto with = parse("auth: {jwks_file: " + kFile + "}").config;
  const auto without = parse("").config;
  EXPECT_TRUE(keep_fixed(with, without).auth.has_value());
  EXPECT_FALSE(keep_fixed(without, with).auth.has_value());
  const auto view = keep_fixed(config_view(with), config_view(without));
  EXPECT_TRUE(config_diff(view, config_view(with)).empty());
}

TEST(AuthConfig, DelaysAreAFewAndWhatIsHeldForThemIsFixed) {
  const auto with = [](std::string_view memory, std::string_view more) {
    return parse("auth:\n  jwks_file: " + kFile + "\n  delay_memory: " + std::string(memory) +
                 "\n  delay_directory: /tmp\n  defaults: {delay: 1s}\nplans:\n  a: {delay: 2s}\n"
                 "  b: {delay: 3s}\n  c: {delay: 4s}\n  d: {delay: 2s}\n" +
                 std::string(more));
  };
  const auto four = with("2MiB", "");
  EXPECT_THAT(four.errors, IsEmpty());
  EXPECT_EQ(four.config.auth->delay_memory, 2U << 20U);
  EXPECT_EQ(four.config.auth->delay_directory, "/tmp");
  EXPECT_THAT(with("2MiB", "  e: {delay: 5s}\n").errors,
              ElementsAre(HasSubstr("expected at most 4 different delays")));
  EXPECT_THAT(with("1023KiB", "").errors, ElementsAre(HasSubstr("auth.delay_memory")));
  EXPECT_EQ(keep_fixed(four.config, with("3MiB", "").config).auth->delay_memory, 2U << 20U);
}

}  // namespace
}  // namespace tickgate::gateway
