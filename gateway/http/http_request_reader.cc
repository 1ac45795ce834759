// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/http_request_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gateway/http/credential.h"
#include "gateway/http/http_text.h"
#include "gateway/http/request_head.h"

namespace tickgate::gateway {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kKnownMethods = "GET, HEAD, OPTIONS";

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

std::optional<std::string_view> HttpRequest::parameter(std::string_view wanted) const {
  for (const auto& parameter : query) {
    if (parameter.name == wanted) return parameter.value;
  }
  return std::nullopt;
}

HttpRequestReader::Outcome HttpRequestReader::feed(std::span<const char> bytes) {
  buffer_.append(bytes.data(), bytes.size());
  return resume();
}

HttpRequestReader::Outcome HttpRequestReader::next() {
  std::string behind = buffer_.substr(head_size_ + body_size_);
  *this = HttpRequestReader(*rules_);
  buffer_ = std::move(behind);
  return resume();
}

HttpRequestReader::Outcome HttpRequestReader::resume() {
  if (head_size_ == 0) return read_head();
  if (buffer_.size() < head_size_ + body_size_) return Outcome::kNeedMore;
  wants_continue_ = false;
  request_.body = std::string_view(buffer_).substr(head_size_, body_size_);
  return Outcome::kRequest;
}

// The head is parsed once, when it is whole; until then only what no head has is refused.
HttpRequestReader::Outcome HttpRequestReader::read_head() {
  if (scanned_ == 0) {  // empty lines in front are left out (RFC 9112, 2.2)
    while (buffer_.starts_with(kLineEnd)) buffer_.erase(0, kLineEnd.size());
  }
  if (buffer_.empty() || buffer_ == "\r") return Outcome::kNeedMore;
  const auto from = scanned_ < kHeadEnd.size() ? 0 : scanned_ - kHeadEnd.size();
  const auto end = buffer_.find(kHeadEnd, from);
  const auto most = rules_->max_header;
  const bool whole = end != std::string::npos && end + kHeadEnd.size() <= most;
  const auto head = std::string_view(buffer_).substr(0, whole ? end + kHeadEnd.size() : most);

  if (head.front() < 'A' || head.front() > 'Z') {
    return refuse(HttpRefusal::kMalformed, "not an HTTP request");
  }
  const auto fresh = head.substr(std::min(scanned_, head.size()));
  if (std::any_of(fresh.begin(), fresh.end(), is_foreign)) {
    return refuse(HttpRefusal::kMalformed, "a control character in the request");
  }
  scanned_ = head.size();
  if (!whole && head.size() < most) return Outcome::kNeedMore;
  if (!whole && head.find('\n') == std::string::npos) {
    return refuse(HttpRefusal::kTargetTooLong,
                  fmt::format("path and query are longer than {} bytes", rules_->max_target));
  }
  if (!whole) {
    return refuse(HttpRefusal::kHeaderTooLarge,
                  fmt::format("the request's head is longer than {} bytes", most));
  }
  head_size_ = head.size();
  RequestHead parsed;
  if (const auto refusal = parse_head(head, parsed)) {
    return refuse(*refusal, *refusal == HttpRefusal::kHttpVersion
                                ? "HTTP/1.1 is spoken here"
                                : "not a well-formed HTTP request");
  }
  return decide(parsed);
}

HttpRequestReader::Outcome HttpRequestReader::decide(const RequestHead& head) {
  // First: whatever is wrong with the rest, it is this client's.
  const auto by_proxy = field_name(rules_->proxies.header);
  if (!by_proxy.empty()) request_.forwarded = head.joined(by_proxy);
  request_.head_only = head.method == "HEAD";
  request_.is_post = head.method == "POST";
  request_.keep_alive = head.version == 11 && !head.has_token("Connection", "close");
  const bool asks_options = head.method == "OPTIONS";
  if (head.method != "GET" && !request_.head_only && !asks_options && !request_.is_post) {
    return refuse(HttpRefusal::kMethod, "only GET, HEAD and OPTIONS are served");
  }
  // Of HTTP/1.0, which load balancers' checks still speak, none is needed. Theirs may be empty in
  // 1.1 too (RFC 9112, 3.2).
  const auto hosts = head.all("Host");
  if (hosts.size() > 1 || (head.version == 11 && hosts.empty())) {
    return refuse(HttpRefusal::kHost, "exactly one Host is needed");
  }
  if (!hosts.empty()) request_.host = hosts.front();
  if (rules_->hosts.has_value() && !goes_by(request_.host, *rules_->hosts)) {
    return refuse(HttpRefusal::kForeignHost,
                  "this port does not go by that Host: name it in server.admin_hosts");
  }
  const bool welcome = read_origin(head);
  std::string query;
  if (!(asks_options && head.target == "*") && !read_target(head, query)) return Outcome::kRefused;
  if (request_.is_post && !takes_body()) {
    return refuse(HttpRefusal::kMethod, "only " + methods() + " are served");
  }
  if (!read_body_size(head)) return Outcome::kRefused;
  auto parameters = parse_query(query);
  if (!parameters) return refuse(HttpRefusal::kMalformed, "query is not percent-encoded UTF-8");
  request_.query = *std::move(parameters);
  if (url_has_credential(request_.path, request_.query)) {
    return refuse(HttpRefusal::kUrlCredential,
                  "a token in a URL ends in logs: send it as Authorization: Bearer, as subprotocol "
                  "bearer.TOKEN or in an auth request");
  }
  if (asks_options) {
    return answer_options(head.only("Access-Control-Request-Method").has_value());
  }
  if (!read_credential(head)) return Outcome::kRefused;
  if (rules_->stream_path.empty() || request_.path != rules_->stream_path) return take(head);
  if (!welcome) return refuse(HttpRefusal::kOrigin, "this Origin is not allowed");
  return check_upgrade(head);
}

HttpRequestReader::Outcome HttpRequestReader::take(const RequestHead& head) {
  request_.accept = head.joined("Accept");
  request_.accept_encoding = head.joined("Accept-Encoding");
  request_.if_none_match = head.joined("If-None-Match");
  wants_continue_ =
      body_size_ > 0 && head.version == 11 && head.has_token("Expect", "100-continue");
  return resume();
}

bool HttpRequestReader::read_target(const RequestHead& head, std::string& query) {
  if (head.target.size() > rules_->max_target) {
    return fail(HttpRefusal::kTargetTooLong,
                fmt::format("path and query are longer than {} bytes", rules_->max_target));
  }
  const auto target = origin_form(head.target);
  if (!is_target(target)) {
    return fail(HttpRefusal::kMalformed, "request target must be a path, percent-encoded");
  }
  const auto question = target.find('?');
  request_.path = target.substr(0, question);
  if (question != std::string::npos) query = target.substr(question + 1);
  return true;
}

// False: a page from where none may come, which is refused a stream; a plain answer its browser
// keeps from it. Whoever sends no Origin is no page.
bool HttpRequestReader::read_origin(const RequestHead& head) {
  const auto origins = head.all("Origin");
  if (origins.empty()) return true;
  const bool allowed = origins.size() == 1 &&
                       std::ranges::any_of(rules_->allowed_origins, [&](const std::string& rule) {
                         return allows_origin(rule, origins.front());
                       });
  if (allowed) request_.origin = origins.front();
  return allowed;
}

// Whatever its length is said to be, by whom it is not taken it is refused.
bool HttpRequestReader::read_body_size(const RequestHead& head) {
  const bool chunked = !head.all("Transfer-Encoding").empty();
  const auto lengths = head.all("Content-Length");
  if (!request_.is_post) {
    const bool has_length = std::any_of(lengths.begin(), lengths.end(),
                                        [](std::string_view length) { return length != "0"; });
    return !(has_length || chunked) || fail(HttpRefusal::kBody, "no body is taken");
  }
  if (chunked || lengths.empty()) {
    return fail(HttpRefusal::kBodyLength, "a Content-Length is needed, and no Transfer-Encoding");
  }
  const auto text = lengths.front();
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, body_size_);
  if (lengths.size() > 1 || read.ec == std::errc::invalid_argument || read.ptr != end) {
    return fail(HttpRefusal::kMalformed, "exactly one Content-Length is needed");
  }
  if (read.ec == std::errc{} && body_size_ <= rules_->max_body) return true;
  return fail(HttpRefusal::kBody,
              fmt::format("the body is longer than {} bytes", rules_->max_body));
}

bool HttpRequestReader::read_credential(const RequestHead& head) {
  auto found = find_credential(head);
  if (found.differ) return fail(HttpRefusal::kCredentials, "two credentials that differ");
  request_.credential = std::move(found.credential);
  return true;
}

bool HttpRequestReader::takes_body() const {
  return std::ranges::find(rules_->body_paths, request_.path) != rules_->body_paths.end();
}

std::string HttpRequestReader::methods() const {
  if (!request_.path.empty() && request_.path == rules_->stream_path) return "GET, OPTIONS";
  return std::string(kKnownMethods) + (takes_body() ? ", POST" : "");
}

// What may be asked, and for a browser that pages from elsewhere may ask it (the Fetch standard's
// preflight).
HttpRequestReader::Outcome HttpRequestReader::answer_options(bool preflight) {
  const auto allowed = methods();
  std::vector<HttpHeader> headers{{"Allow", allowed}};
  if (preflight) {
    headers.push_back({"Access-Control-Allow-Methods", allowed});
    // "*" is for all but this one (the Fetch standard).
    headers.push_back({"Access-Control-Allow-Headers", "Authorization, *"});
    headers.push_back({"Access-Control-Max-Age", "7200"});
  }
  response_ = compose_http_response(204, {}, {}, false, headers);
  return Outcome::kAnswered;
}

HttpRequestReader::Outcome HttpRequestReader::refuse(HttpRefusal refusal, std::string_view why) {
  refusal_ = refusal;
  request_.keep_alive = false;
  const auto allowed = methods();
  std::vector<HttpHeader> headers;
  if (refusal == HttpRefusal::kMethod) headers.push_back({"Allow", allowed});
  if (status(refusal) == 426) {
    headers.push_back({"Upgrade", "websocket"});
    headers.push_back({"Connection", "Upgrade"});
    headers.push_back({"Sec-WebSocket-Version", "13"});
  }
  response_ = compose_http_response(status(refusal), kTextType, std::string(why) + "\n",
                                    request_.head_only, headers);
  return Outcome::kRefused;
}

}  // namespace tickgate::gateway
