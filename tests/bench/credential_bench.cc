// SPDX-License-Identifier: Apache-2.0
// What a credential costs at the door. Keys and tokens are made here: HS256 alone needs no private
// key, and what a signature costs beyond it is OpenSSL's (openssl speed).
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <string>

#include "absl/strings/escaping.h"
#include "gateway/access/credential_guard.h"

namespace tickgate::gateway {
namespace {

constexpr schemas::Timestamp kNow{1'800'000'000'000'000};
const std::string kSecret(32, 's');

std::string base64url(const std::string& text) {
  auto out = absl::WebSafeBase64Escape(text);
  return out.substr(0, out.find('='));
}

std::string token(int number) {
  const auto text =
      base64url(R"({"alg":"HS256","kid":"hs","typ":"JWT"})") + "." +
      base64url(fmt::format(R"({{"iss":"i","aud":"a","sub":"subject-{}","exp":1800000600,)"
                            R"("tickgate":{{"symbols":["KRAKEN:*"],"depth":10}}}})",
                            number));
  std::array<unsigned char, 32> sum{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), kSecret.data(), static_cast<int>(kSecret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), sum.data(), &size);
  return text + "." + base64url({reinterpret_cast<const char*>(sum.data()), size});
}

GuardSettings settings() {
  auto keys = std::make_shared<KeySet>();
  keys->keys.push_back({"hs", *SignatureKey::hmac(kSecret)});
  GuardSettings out;
  out.rules = {"i", "a", 86'400};
  out.keys = std::move(keys);
  return out;
}

void known_token(benchmark::State& state) {
  const CredentialGuard guard(settings());
  const auto text = token(1);
  for ([[maybe_unused]] const auto _ : state) {
    if (guard.check(text, kNow).grant == nullptr) state.SkipWithError("refused");
  }
}
BENCHMARK(known_token);

void new_token(benchmark::State& state) {
  const CredentialGuard guard(settings());
  int number = 0;
  for ([[maybe_unused]] const auto _ : state) {
    state.PauseTiming();
    const auto text = token(++number);
    state.ResumeTiming();
    if (guard.check(text, kNow).grant == nullptr) state.SkipWithError("refused");
  }
}
BENCHMARK(new_token);

void api_key(benchmark::State& state) {
  const auto text = *ApiKeyText::make();
  ApiKey key;
  key.id = *ApiKeyText::id_of(text);
  key.name = key.subject = "desk";
  key.digest = sha256(text);
  auto all = settings();
  all.api_keys = std::make_shared<const ApiKeys>(*ApiKeys::parse(api_key_line(key), kNow));
  const CredentialGuard guard(std::move(all));
  for ([[maybe_unused]] const auto _ : state) {
    if (guard.check(text, kNow).grant == nullptr) state.SkipWithError("refused");
  }
}
BENCHMARK(api_key);

void longest_junk(benchmark::State& state) {
  const CredentialGuard guard(settings());
  const std::string text(kMostCredentialBytes, 'a');
  for ([[maybe_unused]] const auto _ : state) {
    if (guard.check(text, kNow).grant != nullptr) state.SkipWithError("let in");
  }
}
BENCHMARK(longest_junk);

}  // namespace
}  // namespace tickgate::gateway
