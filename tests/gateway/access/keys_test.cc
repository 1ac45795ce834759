// SPDX-License-Identifier: Apache-2.0
// JWK sets and files of API keys: what is taken, what is left out, what is refused.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "gateway/access/api_key.h"
#include "gateway/access/base64url.h"
#include "gateway/access/key_set.h"
#include "tests/support/access_vectors.h"

namespace tickgate::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kVectorsNow;
using ::testing::SizeIs;

constexpr auto kFile = KeySet::From::kFile;
constexpr auto kUrl = KeySet::From::kUrl;

std::string error(const std::string& json, KeySet::From from = kFile) {
  return std::string(KeySet::parse(json, from).status().message());
}

TEST(Base64Url, HasOneForm) {
  EXPECT_EQ(decode_base64url("YWJj"), "abc");
  EXPECT_EQ(decode_base64url("YWI"), "ab");
  EXPECT_EQ(decode_base64url("YQ"), "a");
  EXPECT_EQ(decode_base64url("-_8"), "\xfb\xff");
  for (const char* const bad :
       {"", "Y", "YR", "YQ==", "YWJ", "YWJj\n", " YQ", "+/8", "YWJjY", "Y.Q"}) {
    EXPECT_EQ(decode_base64url(bad), std::nullopt) << bad;
  }
}

TEST(KeySetTest, TakesTheFourKinds) {
  const auto set = KeySet::parse(testing::access_file("keys.json"), kFile);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->warnings, IsEmpty());
  std::vector<std::string> kinds;
  for (const auto& key : set->keys)
    kinds.push_back(key.kid + std::string(name(key.key.algorithm())));
  EXPECT_THAT(kinds, ElementsAre("rsaRS256", "ecES256", "edEdDSA", "hsHS256"));
}

TEST(KeySetTest, SaysWhetherSomethingInItIsSecret) {
  const std::string x = R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
  const std::string open = R"({"kty":"OKP","crv":"Ed25519",)" + x;
  const auto is_secret = [](const std::string& keys) {
    const auto set = KeySet::parse(R"({"keys":[)" + keys + "]}", kFile);
    EXPECT_TRUE(set.ok()) << set.status();
    return set.ok() && set->secret;
  };
  EXPECT_FALSE(is_secret(open + "}"));
  EXPECT_FALSE(is_secret(open + R"(},{"kty":"AKP"})"));
  EXPECT_TRUE(is_secret(open + "}," + open + R"(,"d":"AA"})")) << "a private key, left out";
  EXPECT_TRUE(is_secret(open + R"(},{"kty":"oct","k":"AA"})")) << "one that is too short";
  EXPECT_TRUE(is_secret(open + R"(},{"kty":"oct","k":"AA","k":"AA"})")) << "nobody can say";
}

TEST(KeySetTest, TakesNoSecretFromAUrl) {
  const auto set = KeySet::parse(testing::access_file("keys.json"), kUrl);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->keys, SizeIs(3));
  EXPECT_THAT(set->warnings,
              ElementsAre("key 4 (kid \"hs\") is left out: a secret must not come by URL"));
}

TEST(KeySetTest, IsAnErrorWhereNothingCanBeUsed) {
  EXPECT_EQ(error(R"({"keys":[]})"), "it has no keys");
  EXPECT_EQ(error(R"({})"), "no list named keys");
  EXPECT_EQ(error(R"({"keys":{}})"), "no list named keys");
  EXPECT_EQ(error("<html>"), "no JSON object, or one with a name twice");
  EXPECT_EQ(error(""), "no JSON object, or one with a name twice");
  EXPECT_EQ(error(R"({"keys":[],"keys":[]})"), "no JSON object, or one with a name twice");
  EXPECT_THAT(error(R"({"keys":[7]})"), HasSubstr("key 1 is left out: no object"));
  EXPECT_EQ(error(std::string(KeySet::kMostBytes + 1, ' ')), "larger than 256 KiB");
}

// One key beside a good one: what it is told.
std::string left_out(const std::string& jwk) {
  const std::string good = std::string(43, 'A');
  const auto set = KeySet::parse(
      R"({"keys":[{"kty":"oct","kid":"good","k":")" + good + R"("},)" + jwk + "]}", kFile);
  EXPECT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->keys, SizeIs(1)) << jwk;
  return set->warnings.empty() ? "" : set->warnings.front();
}

TEST(KeySetTest, LeavesABadKeyOutByName) {
  const std::string n1024 = "\"n\":\"" + std::string(170, 'q') + "Q\"";
  const std::string n2048 = "\"n\":\"" + std::string(341, 'q') + "Q\"";
  const std::string xy =
      R"("x":")" + std::string(42, 'A') + R"(E","y":")" + std::string(42, 'A') + R"(E")";
  EXPECT_THAT(left_out(R"({"kty":"RSA","kid":"r",)" + n1024 + R"(,"e":"AQAB"})"),
              HasSubstr("key 2 (kid \"r\") is left out: expected 2048 to 4096 bits"));
  EXPECT_THAT(left_out(R"({"kty":"RSA",)" + n2048 + R"(,"e":"AQ"})"), HasSubstr("odd e"));
  EXPECT_THAT(left_out(R"({"kty":"RSA",)" + n2048 + R"(,"e":"BA"})"), HasSubstr("odd e"));
  EXPECT_THAT(left_out(R"({"kty":"RSA","n":"AA)" + std::string(340, 'q') + R"(","e":"AQAB"})"),
              HasSubstr("zeros before them"));
  EXPECT_THAT(left_out(R"({"kty":"RSA","n":"q==","e":"AQAB"})"), HasSubstr("or are empty"));
  EXPECT_THAT(left_out(R"({"kty":"EC","crv":"P-256",)" + xy + "}"), HasSubstr("no point of P-256"));
  EXPECT_THAT(left_out(R"({"kty":"EC","crv":"P-384",)" + xy + "}"), HasSubstr("expected kty"));
  EXPECT_THAT(left_out(R"({"kty":"OKP","crv":"X25519","x":"AA"})"), HasSubstr("expected kty"));
  EXPECT_THAT(left_out(R"({"kty":"oct","k":"AAAA"})"), HasSubstr("k of 32 to 1024 bytes"));
  EXPECT_THAT(left_out(R"({"kty":"oct","kid":"good","k":")" + std::string(43, 'A') + "\"}"),
              HasSubstr("its kid was there before"));
  const auto with = [](const std::string& more) {
    return R"({"kty":"oct","k":")" + std::string(43, 'E') + "\"," + more + "}";
  };
  EXPECT_THAT(left_out(with(R"("use":"enc")")), HasSubstr("its use is not sig"));
  EXPECT_THAT(left_out(with(R"("key_ops":["sign"])")), HasSubstr("its key_ops have no verify"));
  EXPECT_THAT(left_out(with(R"("alg":"HS512")")), HasSubstr("its alg is not HS256"));
  EXPECT_THAT(left_out(with(R"("kid":"a\nb")")), HasSubstr("printable kid"));
  EXPECT_THAT(
      left_out(R"({"kty":"OKP","crv":"Ed25519","x":")" + std::string(43, 'A') + R"(","d":"AA"})"),
      HasSubstr("it is a private key"));
}

std::string ed25519(const std::string& hex) {
  return std::string(SignatureKey::ed25519(absl::HexStringToBytes(hex)).status().message());
}

TEST(SignatureKeyTest, OfEd25519OnlyAPointThatCouldBeSomebodysIsAKey) {
  const std::string wrong = "x is no point of Ed25519 that could be a key";
  // RFC 8032, 7.1, the first three.
  for (const char* const good :
       {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"}) {
    EXPECT_EQ(ed25519(good), "") << good;
  }
  const std::string zeros(60, '0'), ones(60, 'f');
  const std::string order8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03";
  const std::string other8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc";
  for (const auto& bad :
       {"00" + zeros + "00", "00" + zeros + "80", "01" + zeros + "00", "01" + zeros + "80",
        "ec" + ones + "7f", "ec" + ones + "ff", order8 + "7a", order8 + "fa", other8 + "05",
        other8 + "85",  // low order
        "ed" + ones + "7f", "ed" + ones + "ff", "ee" + ones + "7f", "ee" + ones + "ff",  // again
        "ff" + ones + "7f",      // not below the prime
        "02" + zeros + "00"}) {  // on no curve
    EXPECT_EQ(bad.size(), 64U);
    EXPECT_EQ(ed25519(bad), wrong) << bad;
  }
}

TEST(KeySetTest, WhatIsOddWithOneKeySpoilsNoOther) {
  const std::string k = R"("kty":"oct","k":")" + std::string(43, 'A') + "\"";
  const std::string odd = "no object, one with a name twice, or deep";
  EXPECT_THAT(left_out("{" + k + R"(,"x5t":"a","x5t":"b"})"),
              HasSubstr("key 2 is left out: " + odd));
  EXPECT_THAT(left_out("{" + k + R"(,"z":)" + std::string(100, '[') + std::string(100, ']') + "}"),
              HasSubstr(odd));
  EXPECT_THAT(left_out("{" + k + R"(,"exp":1e999})"), HasSubstr(odd));
  EXPECT_THAT(left_out("{" + k + R"(,"n":123456789012345678901234567890})"), HasSubstr(odd));
  EXPECT_THAT(left_out("[{" + k + "}]"), HasSubstr(odd));
  EXPECT_THAT(left_out("null"), HasSubstr(odd));
  EXPECT_THAT(left_out(R"("a]}")"), HasSubstr(odd));
}

TEST(KeySetTest, TheSetItselfIsTakenWholeOrNotAtAll) {
  const std::string no = "no JSON object, or one with a name twice";
  const std::string key = R"({"kty":"oct","k":")" + std::string(43, 'A') + "\"}";
  EXPECT_TRUE(KeySet::parse(R"( {"a":{"b":1,"b":2},"keys":[)" + key + "]}\r\n", kFile).ok());
  for (const auto& bad :
       {R"({"keys":[)" + key, R"({"keys":[)" + key + "]", R"({"keys":[)" + key + "}",
        R"({"keys":[)" + key + "]}{", R"({"keys":[)" + key + key + "]}", "[" + key + "]",
        R"({"keys":[)" + key + R"(],"keys":[]})", R"({"keys":[)" + key + R"(],"\u006beys":[]})",
        R"({"keys":[)" + key + R"(],"a":1,"a":1})", R"({"keys":[)" + key + "],}",
        R"({"keys":[)" + key + "],\"a\":\"\xff\"}"}) {
    EXPECT_EQ(error(bad), no) << bad;
  }
}

TEST(KeySetTest, SixtyFourKeysOfUseAreTakenWhereverTheyStand) {
  const auto set_of = [](int useless, int good) {
    std::string json = R"({"keys":[)";
    for (int i = 0; i < useless; ++i) json += R"({"kty":"AKP"},)";
    for (int i = 0; i < good; ++i) {
      json += fmt::format(R"({{"kty":"oct","kid":"{}","k":"{}"}},)", i, std::string(43, 'A'));
    }
    json.back() = ']';
    return KeySet::parse(json + "}", kFile);
  };
  EXPECT_THAT(set_of(448, 64)->keys, SizeIs(64));
  EXPECT_THAT(set_of(448, 64)->warnings, SizeIs(448));
  EXPECT_THAT(set_of(449, 64)->keys, SizeIs(63));
  EXPECT_THAT(set_of(449, 64)->warnings.back(), HasSubstr("more than 512 keys"));
  EXPECT_THAT(set_of(0, 65)->keys, SizeIs(64));
  EXPECT_THAT(set_of(0, 65)->warnings, ElementsAre(HasSubstr("or 64 of use")));
}

TokenKey key_named(const std::string& kid, char secret) {
  return {kid, *SignatureKey::hmac(std::string(32, secret))};
}

TEST(KeySetTest, OfTwoSetsAKeyIsHadUnderEachOfItsNames) {
  KeySet both;
  both.keys = {key_named("a", 'x'), key_named("", 'y')};
  KeySet other;
  // The same key under another name; a name that is taken; one without a name twice.
  other.keys = {key_named("b", 'x'), key_named("c", 'x'), key_named("a", 'z'), key_named("", 'y'),
                key_named("", 'x')};
  both.add(other);
  std::vector<std::string> kids;
  for (const auto& key : both.keys) kids.push_back(key.kid);
  EXPECT_THAT(kids, ElementsAre("a", "", "b", "c", ""));
  EXPECT_EQ(both.keys[0].key.thumbprint(), key_named("a", 'x').key.thumbprint());
  KeySet fetched;
  fetched.add(other);
  EXPECT_THAT(fetched.keys, SizeIs(other.keys.size())) << "as a file of them has it";
}

TEST(ApiKeyTextTest, IsMadeWithItsSumAndKnownByIt) {
  const auto text = ApiKeyText::make();
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->size(), 50U);
  EXPECT_EQ(ApiKeyText::id_of(*text), text->substr(4, 8));
  EXPECT_NE(ApiKeyText::make(), text);
  EXPECT_EQ(ApiKeyText::id_of(*text + "a"), std::nullopt);
  EXPECT_EQ(ApiKeyText::id_of("tgk_"), std::nullopt);
  // By Python: zlib.crc32 of the first 44, in base 62.
  EXPECT_EQ(ApiKeyText::id_of("tgk_AbCd0123000000000000000000000000000000001qNIXs"), "AbCd0123");
}

std::string line(const std::string& id, const std::string& subject, const std::string& more = "") {
  return R"({"id":")" + id + R"(","name":"desk","subject":")" + subject + R"(","sha256":")" +
         std::string(64, 'a') + "\"" + more + "}\n";
}

TEST(ApiKeysTest, ReadsWhatItWrote) {
  ApiKey key;
  key.id = "AbCd0123";
  key.name = "a \"desk\"";
  key.subject = "acme";
  key.digest = sha256("x");
  key.plan = "basic";
  key.entitlement.symbols = SymbolList({*SymbolPattern::parse("KRAKEN:*")});
  key.entitlement.channels = 0b11;
  key.entitlement.depth = 5;
  key.entitlement.delay_s = 900;
  key.created = kVectorsNow;
  key.expires = schemas::Timestamp{kVectorsNow.value() + 1'000'000};
  const auto text = api_key_line(key);
  const auto read = read_api_key_line(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(api_key_line(*read), text);
  EXPECT_EQ(read->entitlement.symbols, key.entitlement.symbols);
  EXPECT_EQ(read->digest, key.digest);
}

std::string file_error(const std::string& text) {
  return std::string(ApiKeys::parse(text, kVectorsNow).status().message());
}

TEST(ApiKeysTest, NamesTheLineThatIsWrong) {
  const auto good = "# keys\n\n" + line("AbCd0123", "acme");
  EXPECT_TRUE(ApiKeys::parse(good, kVectorsNow).ok());
  EXPECT_EQ(file_error(good + "{"), "line 4: expected a JSON object with each name once");
  EXPECT_EQ(file_error(good + line("AbCd0123", "b")), "line 4: the id was there before");
  EXPECT_THAT(file_error(line("short", "acme")), HasSubstr("line 1: id: expected 8"));
  EXPECT_THAT(file_error(line("AbCd0123", "")), HasSubstr("subject: expected"));
  EXPECT_THAT(file_error(line("AbCd0123", "a", R"(,"symbol":["*"])")),
              HasSubstr("a name that is none"));
  EXPECT_THAT(file_error(line("AbCd0123", "a", R"(,"depth":0)")), HasSubstr("depth"));
  EXPECT_THAT(file_error(line("AbCd0123", "a", R"(,"expires":"never")")), HasSubstr("expires: "));
}

TEST(ApiKeysTest, BlanksThatEditorsLeaveAreNothing) {
  const auto keys = ApiKeys::parse(
      "\r\n \t\n  # keys\r\n" + line("AbCd0121", "a") + " " + line("AbCd0122", "b") + " ",
      kVectorsNow);
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_THAT(keys->all(), SizeIs(2));
  const auto windows = [](std::string text) { return text.insert(text.size() - 1, "\r"); };
  const auto two = windows(line("AbCd0121", "a")) + windows(line("AbCd0122", "b"));
  EXPECT_THAT(ApiKeys::parse(two, kVectorsNow)->all(), SizeIs(2));
}

TEST(ApiKeysTest, WhoIsGoneFromABadFileIsGone) {
  const auto before = ApiKeys::parse(
      line("AbCd0121", "a") + line("AbCd0122", "b") + line("AbCd0123", "c") + line("AbCd0124", "d"),
      kVectorsNow);
  ASSERT_TRUE(before.ok()) << before.status();
  // The first is gone; the second's line is wrong, the third's is no JSON; the fourth's is another
  // one, and the fifth is new.
  const auto still =
      before->still_in(line("AbCd0122", "b", R"(,"depht":5)") + "{\"id\" : \"AbCd0123\",\n" +
                       line("AbCd0124", "d", R"(,"depth":5)") + line("AbCd0125", "e"));
  ASSERT_THAT(still.all(), SizeIs(3));
  EXPECT_EQ(still.find("AbCd0121"), nullptr);
  EXPECT_EQ(still.find("AbCd0122")->entitlement.depth, std::nullopt);
  EXPECT_EQ(still.find("AbCd0123")->subject, "c");
  EXPECT_EQ(still.find("AbCd0124")->entitlement.depth, 5);
  EXPECT_THAT(before->still_in("").all(), IsEmpty());
}

TEST(ApiKeysTest, ALineIsOfAKeyThoughItBeWrong) {
  EXPECT_EQ(id_in_api_key_line(R"({"id":"AbCd0123")"), "AbCd0123");
  EXPECT_EQ(id_in_api_key_line(R"({"id":"AbCd0123)"), "AbCd0123") << "cut off";
  EXPECT_EQ(id_in_api_key_line("{ \"id\" :\t\"AbCd0123\" }"), "AbCd0123");
  for (const char* const none : {"", R"("id")", R"({"id":)", R"({"id":"short"})",
                                 R"({"id";"AbCd0123"})", R"({"name":"AbCd0123"})"}) {
    EXPECT_EQ(id_in_api_key_line(none), "") << none;
  }
}

TEST(ApiKeysTest, ASubjectHasTwoThatLive) {
  const auto two = line("AbCd0121", "acme") + line("AbCd0122", "acme");
  EXPECT_TRUE(ApiKeys::parse(two, kVectorsNow).ok());
  EXPECT_EQ(file_error(two + line("AbCd0123", "acme")),
            "line 3: expected at most two keys of a subject at once");
  EXPECT_TRUE(ApiKeys::parse(two + line("AbCd0123", "acme", R"(,"expires":1)"), kVectorsNow).ok());
}

}  // namespace
}  // namespace tickgate::gateway
