// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/http_request_reader.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "gateway/http/http_text.h"
#include "schemas/check.h"

namespace tickgate::gateway {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

struct RefusalInfo {
  unsigned status;
  std::string_view name;
};

// In the order of HttpRefusal.
constexpr std::array<RefusalInfo, kHttpRefusals> kRefusals{{
    {400, "malformed"},
    {431, "header_too_large"},
    {414, "target_too_long"},
    {405, "method"},
    {505, "version"},
    {400, "host"},
    {413, "body"},
    {426, "no_upgrade"},
    {426, "stream_version"},
    {400, "stream_key"},
    {400, "early_bytes"},
    {403, "origin"},
}};

const RefusalInfo& info(HttpRefusal refusal) {
  const auto index = static_cast<std::size_t>(refusal);
  TICKGATE_CHECK(index < kRefusals.size());
  return kRefusals[index];
}

std::string_view to_std(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Nothing of HTTP has one of these in its head: whoever speaks TLS or binary to us is told at once,
// rather than when the deadline has passed.
bool is_foreign(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7F;
}

bool is_target(std::string_view target) {
  return !target.empty() && target.front() == '/' &&
         std::all_of(target.begin(), target.end(),
                     [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
}

}  // namespace

// Views into Beast's message.
struct HttpRequestReader::Head {
  std::string_view method;
  std::string_view target;
  unsigned version = 0;  // 10 or 11
  std::vector<HttpHeader> fields;

  // The values of every field of this name. Not by Beast's own look-up, whose comparison reads a
  // byte too far in 1.81.
  std::vector<std::string_view> all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& field : fields) {
      if (equals_ignoring_case(field.name, name)) values.push_back(field.value);
    }
    return values;
  }

  // The value of the only field of this name; nullopt if there is none, or more than one.
  std::optional<std::string_view> only(std::string_view name) const {
    const auto values = all(name);
    return values.size() == 1 ? std::optional(values.front()) : std::nullopt;
  }

  // All of a list that may come in parts (RFC 9110, 5.3).
  std::string joined(std::string_view name) const {
    std::string list;
    for (const auto value : all(name)) {
      if (!list.empty()) list += ", ";
      list += value;
    }
    return list;
  }

  bool has_token(std::string_view name, std::string_view token) const {
    const auto values = all(name);
    return std::any_of(values.begin(), values.end(),
                       [&](std::string_view value) { return list_has_token(value, token); });
  }
};

std::string_view name(HttpRefusal refusal) { return info(refusal).name; }

std::optional<std::string_view> HttpRequest::parameter(std::string_view wanted) const {
  for (const auto& parameter : query) {
    if (parameter.name == wanted) return parameter.value;
  }
  return std::nullopt;
}

// The head is parsed once, when it is whole; until then only what no head has is refused.
HttpRequestReader::Outcome HttpRequestReader::feed(std::span<const char> bytes) {
  const auto before = buffer_.size();
  const auto accepted = std::min(bytes.size(), rules_->max_header - before);
  buffer_.append(bytes.data(), accepted);
  const auto end = buffer_.find(kHeadEnd, before < kHeadEnd.size() ? 0 : before - kHeadEnd.size());
  const bool whole = end != std::string::npos;
  const auto head = std::string_view(buffer_).substr(0, whole ? end + kHeadEnd.size() : end);

  if (!head.empty() && (head.front() < 'A' || head.front() > 'Z')) {
    return refuse(HttpRefusal::kMalformed, "not an HTTP request");
  }
  const auto fresh = head.substr(std::min(before, head.size()));
  if (std::any_of(fresh.begin(), fresh.end(), is_foreign)) {
    return refuse(HttpRefusal::kMalformed, "a control character in the request");
  }
  if (whole) return parse(head, accepted < bytes.size() || head.size() < buffer_.size());
  if (buffer_.size() < rules_->max_header) return Outcome::kNeedMore;
  return buffer_.find('\n') == std::string::npos
             ? refuse(HttpRefusal::kTargetTooLong, "request target too long")
             : refuse(HttpRefusal::kHeaderTooLarge, "request header too large");
}

HttpRequestReader::Outcome HttpRequestReader::parse(std::string_view text, bool bytes_behind) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(text.size()));
  parser.skip(true);  // a body is refused, not read
  boost::beast::error_code error;
  parser.put(boost::asio::const_buffer(text.data(), text.size()), error);
  if (error == http::error::bad_version) {
    return refuse(HttpRefusal::kHttpVersion, "HTTP/1.1 is spoken here");
  }
  if (error || !parser.is_header_done()) {
    return refuse(HttpRefusal::kMalformed, "not a well-formed HTTP request");
  }
  const auto& message = parser.get();
  Head head{to_std(message.method_string()), to_std(message.target()), message.version(), {}};
  for (const auto& field : message) {
    head.fields.push_back({to_std(field.name_string()), to_std(field.value())});
  }
  return decide(head, bytes_behind);
}

HttpRequestReader::Outcome HttpRequestReader::decide(const Head& head, bool bytes_behind) {
  request_.head_only = head.method == "HEAD";
  const bool asks_options = head.method == "OPTIONS";
  if (head.method != "GET" && !request_.head_only && !asks_options) {
    return refuse(HttpRefusal::kMethod, "only GET, HEAD and OPTIONS are served");
  }
  // Of HTTP/1.0, which load balancers' checks still speak, none is needed.
  const auto hosts = head.all("Host");
  if (hosts.size() > 1 || (head.version == 11 && (hosts.empty() || hosts.front().empty()))) {
    return refuse(HttpRefusal::kHost, "exactly one Host is needed");
  }
  const auto lengths = head.all("Content-Length");
  const bool has_length = std::any_of(lengths.begin(), lengths.end(),
                                      [](std::string_view length) { return length != "0"; });
  if (has_length || !head.all("Transfer-Encoding").empty()) {
    return refuse(HttpRefusal::kBody, "no body is taken");
  }
  if (head.target.size() > rules_->max_target) {
    return refuse(HttpRefusal::kTargetTooLong, "request target too long");
  }
  const bool welcome = read_origin(head);
  if (asks_options && head.target == "*") return answer_options(head);
  const auto target = origin_form(head.target);
  if (!is_target(target)) {
    return refuse(HttpRefusal::kMalformed, "request target must be a path, percent-encoded");
  }
  const auto question = target.find('?');
  request_.path = target.substr(0, question);
  if (!hosts.empty()) request_.host = hosts.front();
  if (asks_options) return answer_options(head);
  if (question != std::string::npos) {
    auto query = parse_query(std::string_view(target).substr(question + 1));
    if (!query) return refuse(HttpRefusal::kMalformed, "query is not percent-encoded UTF-8");
    request_.query = *std::move(query);
  }
  if (rules_->stream_path.empty() || request_.path != rules_->stream_path) {
    request_.accept = head.joined("Accept");
    request_.accept_encoding = head.joined("Accept-Encoding");
    request_.if_none_match = head.joined("If-None-Match");
    return Outcome::kRequest;
  }
  if (!welcome) return refuse(HttpRefusal::kOrigin, "this Origin is not allowed");
  return check_upgrade(head, bytes_behind);
}

// False: a page from where none may come, which is refused a stream; a plain answer its browser
// keeps from it. Whoever sends no Origin is no page.
bool HttpRequestReader::read_origin(const Head& head) {
  const auto origins = head.all("Origin");
  if (origins.empty()) return true;
  const bool allowed = origins.size() == 1 &&
                       std::ranges::any_of(rules_->allowed_origins, [&](const std::string& rule) {
                         return allows_origin(rule, origins.front());
                       });
  if (allowed) request_.origin = origins.front();
  return allowed;
}

// What may be asked, and for a browser that pages from elsewhere may ask it (the Fetch standard's
// preflight).
HttpRequestReader::Outcome HttpRequestReader::answer_options(const Head& head) {
  std::vector<HttpHeader> headers{{"Allow", "GET, HEAD, OPTIONS"}};
  if (head.only("Access-Control-Request-Method")) {
    headers.push_back({"Access-Control-Allow-Methods", "GET, HEAD"});
    headers.push_back({"Access-Control-Allow-Headers", "*"});
    headers.push_back({"Access-Control-Max-Age", "7200"});
  }
  response_ = compose_http_response(204, {}, {}, false, headers);
  return Outcome::kAnswered;
}

// RFC 6455, 4.2.1.
HttpRequestReader::Outcome HttpRequestReader::check_upgrade(const Head& head, bool bytes_behind) {
  if (request_.head_only) return refuse(HttpRefusal::kMethod, "the stream is for GET");
  if (head.version != 11) return refuse(HttpRefusal::kHttpVersion, "an upgrade needs HTTP/1.1");
  if (!head.has_token("Upgrade", "websocket") || !head.has_token("Connection", "upgrade")) {
    return refuse(HttpRefusal::kNoUpgrade, "this is a WebSocket endpoint");
  }
  if (head.only("Sec-WebSocket-Version") != "13") {
    return refuse(HttpRefusal::kStreamVersion, "Sec-WebSocket-Version must be 13");
  }
  const auto key = head.only("Sec-WebSocket-Key");
  if (!key || !is_websocket_key(*key)) {
    return refuse(HttpRefusal::kStreamKey, "exactly one Sec-WebSocket-Key of 16 bytes is needed");
  }
  if (bytes_behind) {
    return refuse(HttpRefusal::kEarlyBytes, "frames must wait for the answer");
  }

  response_ =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  response_ += websocket_accept(*key);
  // Compared exactly, unlike the other tokens: a browser compares the echo exactly too.
  for (const auto offer : head.all("Sec-WebSocket-Protocol")) {
    const auto names = split_list(offer);
    if (rules_->subprotocol.empty() ||
        std::find(names.begin(), names.end(), rules_->subprotocol) == names.end()) {
      continue;
    }
    response_ += "\r\nSec-WebSocket-Protocol: " + rules_->subprotocol;
    break;
  }
  response_ += kHeadEnd;
  return Outcome::kUpgrade;
}

HttpRequestReader::Outcome HttpRequestReader::refuse(HttpRefusal refusal, std::string_view why) {
  refusal_ = refusal;
  std::vector<HttpHeader> headers;
  if (refusal == HttpRefusal::kMethod) {
    headers.push_back({"Allow", request_.head_only ? "GET" : "GET, HEAD, OPTIONS"});
  }
  if (info(refusal).status == 426) {
    headers.push_back({"Upgrade", "websocket"});
    headers.push_back({"Connection", "Upgrade"});
    headers.push_back({"Sec-WebSocket-Version", "13"});
  }
  response_ = compose_http_response(info(refusal).status, "text/plain; charset=utf-8",
                                    std::string(why) + "\n", request_.head_only, headers);
  return Outcome::kRefused;
}

}  // namespace tickgate::gateway
