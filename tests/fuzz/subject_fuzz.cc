// SPDX-License-Identifier: Apache-2.0
// Whatever a subject is, it is none of ours or is spelt in one way only; and any text can be a
// token.
#include <cstdint>
#include <string>
#include <string_view>

#include "feeds/nats/stream_reader.h"
#include "feeds/nats/subject.h"
#include "schemas/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickgate::feeds;
  static const Subjects kSubjects("tickgate.v1");
  const std::string text(reinterpret_cast<const char*>(data), size);

  const auto token = escape_token(text);
  TICKGATE_CHECK(token.find_first_of(". *>\r\n\t") == std::string::npos && !token.empty());
  TICKGATE_CHECK(unescape_token(token) == text);
  if (const auto back = unescape_token(text)) TICKGATE_CHECK(escape_token(*back) == text);

  for (const auto& subject : {text, "tickgate.v1." + text}) {
    const auto parsed = kSubjects.parse(subject);
    if (!parsed) continue;
    if (parsed->topic >= Topic::kHeartbeat) {
      TICKGATE_CHECK(kSubjects.of(parsed->topic) == subject);
    } else if (parsed->topic == Topic::kBar) {
      TICKGATE_CHECK(kSubjects.bar(parsed->symbol, *parsed->interval) == subject);
    } else {
      TICKGATE_CHECK(kSubjects.of(parsed->topic, parsed->symbol) == subject);
    }
  }
  (void)consumer_position(text);
  (void)consumer_position("$JS.ACK." + text);
  return 0;
}
