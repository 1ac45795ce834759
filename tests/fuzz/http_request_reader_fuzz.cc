// SPDX-License-Identifier: Apache-2.0
// Any request, cut anywhere before its end, is decided as it is when fed at once; what is let in
// keeps what the reader promises.
#include <algorithm>
#include <string>
#include <vector>

#include "gateway/http/http_request_reader.h"
#include "gateway/protocol/utf8_checker.h"
#include "schemas/check.h"

namespace {

using namespace tickgate::gateway;
using Outcome = HttpRequestReader::Outcome;

const HttpRules& rules() {
  static const HttpRules kRules = [] {
    HttpRules made;
    made.max_header = 600;
    made.max_target = 200;
    made.stream_path = "/s";
    made.subprotocol = "p1";
    made.allowed_origins = {"https://a.b"};
    return made;
  }();
  return kRules;
}

void check_request(const HttpRequestReader& reader, Outcome outcome) {
  const auto& request = reader.request();
  TICKGATE_CHECK(!request.path.empty() && request.path.front() == '/');
  TICKGATE_CHECK(request.path.size() <= rules().max_target && !request.host.empty());
  for (const auto& parameter : request.query) {
    TICKGATE_CHECK(is_utf8(parameter.name) && is_utf8(parameter.value));
  }
  TICKGATE_CHECK((outcome == Outcome::kUpgrade) == (request.path == "/s"));
  if (outcome != Outcome::kUpgrade) return;
  TICKGATE_CHECK(!request.head_only && reader.response().starts_with("HTTP/1.1 101 "));
  TICKGATE_CHECK(request.origin.empty() || request.origin == "https://a.b");
}

struct Decision {
  Outcome outcome = Outcome::kNeedMore;
  std::string response;
  bool operator==(const Decision&) const = default;
};

Decision feed(std::string_view bytes, std::string_view cuts) {
  HttpRequestReader reader(rules());
  Decision decision;
  for (std::size_t i = 0; !bytes.empty() && decision.outcome == Outcome::kNeedMore; ++i) {
    const std::size_t wanted =
        cuts.empty() ? bytes.size() : 1U + static_cast<unsigned char>(cuts[i % cuts.size()]);
    const auto piece = bytes.substr(0, std::min(wanted, bytes.size()));
    bytes.remove_prefix(piece.size());
    decision.outcome = reader.feed(std::vector<char>(piece.begin(), piece.end()));
  }
  decision.response = reader.response();
  if (decision.outcome == Outcome::kRequest || decision.outcome == Outcome::kUpgrade) {
    check_request(reader, decision.outcome);
  } else if (decision.outcome == Outcome::kRefused) {
    TICKGATE_CHECK(decision.response.starts_with("HTTP/1.1 4") ||
                   decision.response.starts_with("HTTP/1.1 505 "));
  }
  return decision;
}

}  // namespace

// The first byte says how many of the following are cuts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t cut_count = std::min<std::size_t>(data[0] % 8U, size - 1);
  auto bytes = input.substr(1 + cut_count);
  const auto whole = feed(bytes, {});
  // Whether bytes behind the head are seen depends on the cut, and must.
  if (const auto end = bytes.find("\r\n\r\n"); end != std::string_view::npos) {
    bytes = bytes.substr(0, end + 4);
  }
  const auto head = feed(bytes, {});
  TICKGATE_CHECK(head == whole ||
                 (head.outcome == Outcome::kUpgrade && whole.outcome == Outcome::kRefused));
  TICKGATE_CHECK(feed(bytes, input.substr(1, cut_count)) == head);
  TICKGATE_CHECK(feed(bytes, std::string_view("\0", 1)) == head);  // byte by byte
  return 0;
}
