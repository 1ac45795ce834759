// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/access/grant.h"
#include "gateway/http/forwarded.h"
#include "gateway/http/http_refusal.h"
#include "gateway/http/http_response.h"

namespace tickgate::gateway {

struct RequestHead;

// What a port lets in. One for each listener, shared by its readers, which it outlives.
struct HttpRules {
  std::size_t max_header = 32'768;  // bytes of the whole request head
  std::size_t max_target = 8'192;   // bytes of path and query
  // From accept, or from its first byte, to the end of a request; TLS included.
  std::chrono::milliseconds request_time{5'000};
  // The paths that take a POST, and the most bytes of its body.
  std::vector<std::string> body_paths;
  std::size_t max_body = 0;
  // Whose answers are small and made at once: they are given however many are being answered.
  std::vector<std::string> probe_paths;
  // The names by which a request may call this port, beside addresses and names without a dot;
  // nullopt: any.
  std::optional<std::vector<std::string>> hosts;
  // The only path that is upgraded; empty: none is.
  std::string stream_path;
  // Chosen when the client offers it; empty: none.
  std::string subprotocol;
  // scheme://host[:port], compared exactly, scheme://*.host[:port] for all below it, "*" for any. A
  // client that sends no Origin is no browser, and is allowed.
  std::vector<std::string> allowed_origins{"*"};
  // By whose word clients have other addresses than their sockets.
  ProxyRules proxies;
  // Where those who come are counted by address; null: nowhere.
  AddressTable* addresses = nullptr;
};

struct QueryParameter {
  std::string name;  // both decoded: UTF-8 without control characters
  std::string value;
};

struct HttpRequest {
  std::string path;  // as sent, up to '?'; starts with '/'
  std::vector<QueryParameter> query;
  std::string host;
  std::string origin;       // empty: none was sent, or none that is allowed
  bool head_only = false;   // HEAD: the answer carries no body
  bool is_post = false;     // only on one of the body_paths
  bool keep_alive = false;  // the client may ask again on this connection
  std::string_view body;    // of a POST; of the reader, until its next request
  // Lists as they came, a repeated field's joined by ", "; empty: none was sent.
  std::string accept;
  std::string accept_encoding;
  std::string if_none_match;
  std::string forwarded;  // as it came, of the field that rules have for it
  // A token or an API key as it came: "Authorization: Bearer ...", else the subprotocol
  // "bearer...."; empty: none. A secret.
  std::string credential;
  // What the session found out of it, before anybody is asked to answer. Guarded: whoever wants
  // what is not for all needs a grant; one is here where the credential was accepted, and a
  // credential that was not got no further. Not guarded: everybody may have everything.
  bool guarded = false;
  std::shared_ptr<const Grant> grant;

  // The first of this name; nullopt if there is none.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

// Reads the requests of one connection, one at a time, and decides what to do with each. Pure:
// bytes in, a decision out; the caller has the socket, the deadline and the answer's sending. It
// keeps a request's bytes, and those that came behind it, until next().
class HttpRequestReader {
 public:
  enum class Outcome : std::uint8_t {
    kNeedMore,
    kRequest,   // a plain request: answer it with compose_http_response()
    kAnswered,  // an OPTIONS: send response()
    kUpgrade,  // a checked upgrade request to the stream's path: send response(), then speak frames
    kRefused,  // send response(), end our side, read on for a moment (or the answer may be lost to
               // a reset), close
  };

  explicit HttpRequestReader(const HttpRules& rules) : rules_(&rules) {}

  // Until it decides. However a request is cut, the outcome is the same.
  Outcome feed(std::span<const char> bytes);
  // After kRequest and kAnswered, once that is answered: the request that came behind it.
  Outcome next();
  // Nothing of a request has come.
  bool empty() const { return buffer_.empty(); }
  // Bytes kept, about.
  std::size_t held() const { return buffer_.size(); }
  // True once for a request whose body waits to be asked for (Expect: 100-continue).
  bool wants_continue() { return std::exchange(wants_continue_, false); }

  // After kRequest, kAnswered and kUpgrade.
  const HttpRequest& request() const { return request_; }
  // The session's: who it is that asks.
  void know(bool guarded, std::shared_ptr<const Grant> grant) {
    request_.guarded = guarded;
    request_.grant = std::move(grant);
  }
  // After kUpgrade, the 101; after kAnswered and kRefused, the answer; the latter two are for
  // finish_http_response().
  const std::string& response() const { return response_; }
  // After kRefused.
  HttpRefusal refusal() const { return refusal_; }

 private:
  Outcome resume();
  Outcome read_head();
  Outcome decide(const RequestHead& head);
  Outcome take(const RequestHead& head);
  Outcome answer_options(bool preflight);
  Outcome check_upgrade(const RequestHead& head);
  bool choose_subprotocol(const RequestHead& head);
  bool read_target(const RequestHead& head, std::string& query);
  bool read_origin(const RequestHead& head);
  bool read_body_size(const RequestHead& head);
  bool read_credential(const RequestHead& head);
  bool takes_body() const;
  std::string methods() const;
  Outcome refuse(HttpRefusal refusal, std::string_view why);
  bool fail(HttpRefusal refusal, std::string_view why) {
    refuse(refusal, why);
    return false;
  }

  const HttpRules* rules_;
  std::string buffer_;
  std::size_t scanned_ = 0;    // of a head that is not whole
  std::size_t head_size_ = 0;  // 0: not whole yet
  std::size_t body_size_ = 0;
  bool wants_continue_ = false;
  HttpRequest request_;
  std::string response_;
  HttpRefusal refusal_{};
};

}  // namespace tickgate::gateway
