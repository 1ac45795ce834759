// SPDX-License-Identifier: Apache-2.0
// Whatever lists a client sends, they are read to their end, and nobody gets a form that he did not
// name.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "gateway/http/http_preferences.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickgate::gateway;  // NOLINT(google-build-using-namespace)
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are text here
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::string lower = text;
  absl::AsciiStrToLower(&lower);
  const auto names = [&](std::string_view word) { return lower.find(word) != std::string::npos; };
  if (wants_gzip(text) && !names("gzip") && !names("*")) std::abort();
  if (wants_html(text) && !names("text/html")) std::abort();
  if (holds(text, "\"abc\"") && !names("\"abc\"") && !names("*")) std::abort();
  if (holds(text, "\"*\"") && !names("*")) std::abort();
  return 0;
}
