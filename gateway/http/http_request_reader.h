// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tickgate::gateway {

// What a port lets in. One for each listener, shared by its readers, which it outlives.
struct HttpRules {
  std::size_t max_header = 8'192;  // bytes of the whole request head
  std::size_t max_target = 2'048;  // bytes of path and query
  // The only path that is upgraded; empty: none is.
  std::string stream_path;
  // Chosen when the client offers it; empty: none.
  std::string subprotocol;
  // scheme://host[:port], compared exactly, scheme://*.host[:port] for all below it, "*" for any. A
  // client that sends no Origin is no browser, and is allowed.
  std::vector<std::string> allowed_origins{"*"};
};

struct QueryParameter {
  std::string name;  // both decoded: UTF-8 without control characters
  std::string value;
};

struct HttpRequest {
  std::string path;  // as sent, up to '?'; starts with '/'
  std::vector<QueryParameter> query;
  std::string host;
  std::string origin;      // empty: none was sent, or none that is allowed
  bool head_only = false;  // HEAD: the answer carries no body
  // Lists as they came, a repeated field's joined by ", "; empty: none was sent.
  std::string accept;
  std::string accept_encoding;
  std::string if_none_match;

  // The first of this name; nullopt if there is none.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

// Why a request was refused. Dense, so that a counter per reason is an array.
enum class HttpRefusal : std::uint8_t {
  kMalformed,       // 400: not HTTP, or not as it should be
  kHeaderTooLarge,  // 431
  kTargetTooLong,   // 414
  kMethod,          // 405: GET, HEAD and OPTIONS only
  kHttpVersion,     // 505
  kHost,            // 400: exactly one Host, of HTTP/1.1
  kBody,            // 413: no body is taken
  kNoUpgrade,       // 426: the stream's path wants an upgrade to WebSocket
  kStreamVersion,   // 426: Sec-WebSocket-Version must be 13
  kStreamKey,       // 400: Sec-WebSocket-Key
  kEarlyBytes,      // 400: bytes behind an upgrade request, before its answer
  kOrigin,          // 403
};
inline constexpr std::size_t kHttpRefusals = static_cast<std::size_t>(HttpRefusal::kOrigin) + 1;

// Stable, for a metric's label: "malformed", "header_too_large", ...
std::string_view name(HttpRefusal refusal);

// Reads one HTTP request and decides what to do with it. Pure: bytes in, a decision out; the caller
// has the socket, the deadline and the answer's sending. It keeps up to max_header bytes, so free
// it once the request is dealt with.
class HttpRequestReader {
 public:
  enum class Outcome : std::uint8_t {
    kNeedMore,
    kRequest,   // a plain request: answer it with compose_http_response()
    kAnswered,  // an OPTIONS: send response(), end our side, read on for a moment, close
    kUpgrade,  // a checked upgrade request to the stream's path: send response(), then speak frames
    kRefused,  // send response(), end our side, read on for a moment (or the answer may be lost to
               // a reset), close
  };

  explicit HttpRequestReader(const HttpRules& rules) : rules_(&rules) {}

  // After any outcome but kNeedMore it must not be called again. However the request is cut, the
  // outcome is the same; bytes behind it are refused on the upgrade, ignored on a plain request.
  Outcome feed(std::span<const char> bytes);

  // After kRequest and kUpgrade.
  const HttpRequest& request() const { return request_; }
  // After kUpgrade, the 101; after kAnswered and kRefused, the refusal, with its body.
  const std::string& response() const { return response_; }
  // After kRefused.
  HttpRefusal refusal() const { return refusal_; }

 private:
  struct Head;  // the request's head, as Beast parsed it

  Outcome parse(std::string_view head, bool bytes_behind);
  Outcome decide(const Head& head, bool bytes_behind);
  bool read_origin(const Head& head);
  Outcome answer_options(const Head& head);
  Outcome check_upgrade(const Head& head, bool bytes_behind);
  Outcome refuse(HttpRefusal refusal, std::string_view why);

  const HttpRules* rules_;
  std::string buffer_;
  HttpRequest request_;
  std::string response_;
  HttpRefusal refusal_{};
};

struct HttpHeader {
  std::string_view name;
  std::string_view value;
};

// A whole answer; the connection ends after it. `body` is left out for HEAD, its length is not.
// Neither content type nor headers may come from a client. Nothing is stored by anybody, unless a
// Cache-Control is among the headers.
// No content type: there is no body (204).
std::string compose_http_response(unsigned status, std::string_view content_type,
                                  std::string_view body, bool head_only = false,
                                  std::span<const HttpHeader> headers = {});
// What a browser needs to hand an answer to a page from `origin`, which is one of those allowed, or
// empty: then nothing is added.
void allow_origin(std::string& response, std::string_view origin);

}  // namespace tickgate::gateway
