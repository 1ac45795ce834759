// SPDX-License-Identifier: Apache-2.0
// Any requests, one behind the other and cut anywhere, are decided as they are when fed at once;
// what is let in keeps what the reader promises.
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
    made.body_paths = {"/p"};
    made.max_body = 300;
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
  TICKGATE_CHECK(request.path.size() <= rules().max_target);
  for (const auto& parameter : request.query) {
    TICKGATE_CHECK(is_utf8(parameter.name) && is_utf8(parameter.value));
  }
  TICKGATE_CHECK((outcome == Outcome::kUpgrade) == (request.path == "/s"));
  TICKGATE_CHECK(request.body.size() <= rules().max_body);
  TICKGATE_CHECK(request.is_post ? request.path == "/p" : request.body.empty());
  TICKGATE_CHECK(request.origin.empty() || request.origin == "https://a.b");
  TICKGATE_CHECK(request.credential.empty() || request.credential.front() != ' ');
  if (outcome != Outcome::kUpgrade) return;
  if (request.credential.size() > 100) {  // longer than all that a 101 says
    TICKGATE_CHECK(reader.response().find(request.credential) == std::string::npos);
  }
  TICKGATE_CHECK(!request.head_only && reader.response().starts_with("HTTP/1.1 101 "));
}

struct Decision {
  Outcome outcome = Outcome::kNeedMore;
  std::string text;  // what was asked, or answered
  bool operator==(const Decision&) const = default;
};

Decision decision(const HttpRequestReader& reader, Outcome outcome) {
  if (outcome == Outcome::kRequest || outcome == Outcome::kUpgrade) check_request(reader, outcome);
  if (outcome == Outcome::kRefused) {
    TICKGATE_CHECK(reader.response().starts_with("HTTP/1.1 4") ||
                   reader.response().starts_with("HTTP/1.1 505 "));
  }
  const auto& request = reader.request();
  return {outcome, reader.response() + request.path + ' ' + std::string(request.body) + ' ' +
                       request.credential + (request.keep_alive ? " more" : "")};
}

// One request after the other, as a session asks for them.
std::vector<Decision> feed(std::string_view bytes, std::string_view cuts) {
  HttpRequestReader reader(rules());
  std::vector<Decision> decisions;
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    const std::size_t wanted =
        cuts.empty() ? bytes.size() : 1U + static_cast<unsigned char>(cuts[i % cuts.size()]);
    const auto piece = bytes.substr(0, std::min(wanted, bytes.size()));
    bytes.remove_prefix(piece.size());
    auto outcome = reader.feed(std::vector<char>(piece.begin(), piece.end()));
    while (outcome != Outcome::kNeedMore) {
      decisions.push_back(decision(reader, outcome));
      if (outcome == Outcome::kUpgrade || !reader.request().keep_alive) return decisions;
      outcome = reader.next();
    }
    TICKGATE_CHECK(reader.held() <= rules().max_header + rules().max_body + piece.size());
  }
  return decisions;
}

}  // namespace

// The first byte says how many of the following are cuts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t cut_count = std::min<std::size_t>(data[0] % 8U, size - 1);
  const auto bytes = input.substr(1 + cut_count);
  auto whole = feed(bytes, {});
  auto pieces = feed(bytes, input.substr(1, cut_count));
  auto singly = feed(bytes, std::string_view("\0", 1));
  // Whether bytes behind an upgrade are seen depends on the cut, and must.
  for (auto* one : {&whole, &pieces, &singly}) {
    if (one->empty()) continue;
    const auto& last = one->back();
    const bool early = last.outcome == Outcome::kRefused &&
                       last.text.find("frames must wait") != std::string::npos;
    if (last.outcome == Outcome::kUpgrade || early) one->back() = {Outcome::kUpgrade, "upgrade"};
  }
  TICKGATE_CHECK(pieces == whole && singly == whole);
  return 0;
}
